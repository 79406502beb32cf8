/** Sign-in of people, at the console and for OAuth clients. */
import type { Env } from "../env.ts";
import type { SignInEdges } from "../people/openid.ts";
import type { SecretEdges } from "../people/secrets.ts";
import { sessionsOf } from "../stores.ts";
import type { Edges } from "./edges.ts";
import { fetchNow, now } from "./isolate.ts";

export function peopleEdges(env: Env, { policyEdges, ledger }: Edges): SignInEdges & SecretEdges {
  return {
    clientSecret: env.CONSOLE_CLIENT_SECRET,
    spendSignIn: (state, expires) => ledger.spend({ owner: state, name: `sign-in ${state}`, expires }),
    sessions: sessionsOf(env),
    sha256: policyEdges.sha256,
    fetch: fetchNow,
    now,
  };
}

/**
 * The pages for people: `/oauth/authorize`, the return from the identity provider, and `/me`, with people's accounts at
 * vendors.
 */
import { type Context, Hono } from "hono";
import type { BodyTime } from "../../content.ts";
import type { Origins } from "../../http/origins.ts";
import { limitBody } from "../../limit-body.ts";
import { logFailure } from "../../log.ts";
import { ownForms } from "../../pages/headers.ts";
import { askToConnect, disconnect, finishConnecting, startConnecting } from "./accounts.ts";
import { askPerson, hearPerson } from "./authorize.ts";
import type { Door, DoorContext, DoorEnv } from "./door.ts";
import { endMine, leave, showMine } from "./me.ts";
import { showProblem } from "./pages.ts";
import { finishSignIn } from "./sign-in.ts";

/** Most bytes of a form: an authorization request again, and scopes. */
const MAX_BODY = 16_384;

/** @param doorOf what serves a request; undefined if the gateway has no key to sign with */
export function doorApp(
  gateway: BodyTime & { readonly origins: Origins },
  doorOf: (c: Context) => Promise<Door | undefined>,
): Hono<DoorEnv> {
  const app = new Hono<DoorEnv>();
  const own = [limitBody(MAX_BODY, gateway), ownForms(() => gateway.origins)] as const;
  const withDoor = (serve: (c: DoorContext) => Promise<Response>) => async (c: DoorContext) => {
    const door = await doorOf(c);
    if (door === undefined) return showProblem(c, "The gateway has no signing key.", 503);
    c.set("door", door);
    return serve(c).catch((error: unknown) => {
      logFailure("sign_in_failed", { status: 503 }, error);
      return showProblem(c, "This is not possible now. Please try again later.", 503);
    });
  };
  app.get("/oauth/authorize", withDoor(askPerson));
  app.post("/oauth/authorize", ...own, withDoor(hearPerson));
  app.get("/oauth/callback", withDoor(finishSignIn));
  app.get("/me", withDoor(showMine));
  app.post("/me/end", ...own, withDoor(endMine));
  app.get("/me/connect/:vendor", withDoor(askToConnect));
  app.post("/me/connect/:vendor", ...own, withDoor(startConnecting));
  app.get("/me/connected/:vendor", withDoor(finishConnecting));
  app.post("/me/disconnect/:vendor", ...own, withDoor(disconnect));
  app.post("/me/sign-out", ...own, withDoor(leave));
  return app;
}

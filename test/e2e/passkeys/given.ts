/** A gateway whose exports need an approval by passkey. */
import { readFile } from "node:fs/promises";
import { readPolicyFiles } from "../../../policies/tool/files.ts";
import { publishPolicies } from "../../../policies/tool/publish.ts";
import { ADMIN_TOKEN, call, chainNow, startWorld, type World } from "../harness.ts";

/** Seconds: enough for a busy machine to sign in and add a passkey. */
export const WITHIN = 25;
export const GROUP = "data-protection";
const BEFORE = '@approval("data-protection")';

export let world: World;
/** Where people are sent. */
export let site: string;
/** @returns what stops it */
export async function startPasskeys(): Promise<() => Promise<void>> {
  const PASSKEYS = `[console.passkeys]\nrp_id = "localhost"\nregister_within = ${WITHIN}\n\n`;
  world = await startWorld({ edit: (config) => config.replace("[notify]", `${PASSKEYS}[notify]`) });
  // An address is no relying party: the browser comes by the other name of the loopback.
  site = world.url.replace("127.0.0.1", "localhost");
  const files = await readPolicyFiles("policies");
  const cedarText = (await readFile("policies/acme.cedar", "utf8")).replace(
    BEFORE,
    `${BEFORE}\n@approval_by("passkey")`,
  );
  if (!cedarText.includes("approval_by")) throw new Error(`acme.cedar lacks ${BEFORE}`);
  await publishPolicies({ ...files, cedarText }, remote(), world.publisher);
  return () => world.stop();
}

export const remote = () => ({ gateway: world.url, adminToken: ADMIN_TOKEN });

const newTask = (): string => `task-${crypto.randomUUID()}`;
const chainOf = (txn: string): Promise<string> => chainNow({ 0: { claims: { txn } } });

export interface Asked {
  readonly id: string;
  readonly chain: string;
  readonly txn: string;
}

/** An approval that a refused request has opened. */
export async function ask(): Promise<Asked> {
  const txn = newTask();
  const chain = await chainOf(txn);
  const answer = await call(world, { chain, path: "/exports/today" });
  const { approval } = (await answer.json()) as { approval: { id: string } };
  return { id: approval.id, chain, txn };
}
export const use = ({ id, chain }: Asked): Promise<Response> =>
  call(world, { chain, path: "/exports/today", headers: { "hop-approval": id } });

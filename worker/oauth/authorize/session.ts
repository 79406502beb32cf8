/** A browser session of a few minutes, of which the gateway stores a hash. It ends when the person is revoked. */
import { deleteCookie, getCookie, setCookie } from "hono/cookie";
import * as v from "valibot";
import { authorityOfPerson } from "../../people/person.ts";
import { makeSecret, readSecret, takeSecret } from "../../people/secrets.ts";
import { cookieOf, type DoorContext } from "./door.ts";
import { type SignedIn, SignedInSchema } from "./person.ts";

const NAME = "hopgate_person";

export interface Session extends SignedIn {
  /** The value that forms of the session are bound to. */
  readonly secret: string;
}

/** @returns false if the person was revoked */
export async function beginSession(c: DoorContext, person: SignedIn): Promise<boolean> {
  const { door } = c.var;
  if (await isRevoked(c, person)) return false;
  const seconds = door.service.config.oauth.sign_in?.session ?? 0;
  const secret = await makeSecret("person", person, seconds, door);
  const { name, options } = cookieOf(c, NAME);
  setCookie(c, name, secret, { ...options, maxAge: seconds });
  return true;
}

export async function sessionOf(c: DoorContext): Promise<Session | undefined> {
  const secret = getCookie(c, cookieOf(c, NAME).name);
  const found = secret === undefined ? undefined : await readSecret("person", secret, c.var.door);
  const signedIn = v.safeParse(SignedInSchema, found);
  if (secret === undefined || !signedIn.success) return undefined;
  if (!(await isRevoked(c, signedIn.output))) return { ...signedIn.output, secret };
  await endSession(c);
  return undefined;
}

export async function endSession(c: DoorContext): Promise<void> {
  const { name, options } = cookieOf(c, NAME);
  const secret = getCookie(c, name);
  if (secret !== undefined) await takeSecret("person", secret, c.var.door);
  deleteCookie(c, name, options);
}

function isRevoked(c: DoorContext, { person, began }: SignedIn): Promise<boolean> {
  const { door } = c.var;
  return door.isRevoked(authorityOfPerson(person, began, door.service.config.issuers));
}

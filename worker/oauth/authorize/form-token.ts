/**
 * The token of a form that a person sees: single use, valid in this browser's session only for what the form showed
 * (MCP, Security Best Practices, "Confused Deputy Problem").
 */
import * as v from "valibot";
import { sealJson, unsealJson } from "../../trust/derived-key.ts";
import { hashOf } from "../grants/grant.ts";
import type { Door } from "./door.ts";
import type { Session } from "./session.ts";

/** Seconds in which a person must answer. */
const SECONDS = 600;

const Token = v.object({ id: v.string(), until: v.number(), about: v.string() });

/** @param shown everything that the person sees, which is what their answer covers */
export async function makeFormToken(session: Session, shown: readonly unknown[], door: Door): Promise<string> {
  const token = {
    id: crypto.randomUUID(),
    until: Math.floor(door.now() / 1000) + SECONDS,
    about: aboutOf(session, shown, door),
  };
  return sealJson(token, door.consentKey);
}

/**
 * Takes the token of a form.
 *
 * @returns false if it is not ours, too old, from another session, for something else, or was used before
 */
export async function takeFormToken(
  text: string,
  session: Session,
  shown: readonly unknown[],
  door: Door,
): Promise<boolean> {
  const value = await unsealJson(text, door.consentKey);
  if (value === undefined) return false;
  const { id, until, about } = v.parse(Token, value);
  if (until <= Math.floor(door.now() / 1000) || about !== aboutOf(session, shown, door)) return false;
  return door.service.ledger.spend({ owner: id, name: `form ${id}`, expires: until });
}

function aboutOf(session: Session, shown: readonly unknown[], { sha256 }: Door): string {
  return hashOf(JSON.stringify([session.secret, ...shown]), sha256);
}

/** The front door that is attacked, and a client of it. */
import { expect } from "vitest";
import { ask, type Door, publish, startDoor } from "../door.ts";

export let door: Door;
export let client: string;
/** @returns what stops it */
export async function startAttackedDoor(): Promise<() => Promise<void>> {
  door = await startDoor();
  client = publish(door, "/client.json");
  return () => door.stop();
}

export const errorOf = async (answer: Response): Promise<unknown> => ((await answer.json()) as { error: string }).error;

/** Where a request to authorize leads at once: a page, or an answer to the client. */
export async function leadsTo(
  change: Record<string, string | undefined>,
  extra = "",
): Promise<{ page: number; error?: string }> {
  const { url } = await ask(door, change["client_id"] ?? client, change);
  const answer = await fetch(url + extra, { redirect: "manual" });
  const location = answer.headers.get("location");
  if (location === null) return { page: answer.status };
  const { searchParams } = new URL(location);
  expect(searchParams.get("iss"), location).toBe(door.url);
  return { page: 0, error: searchParams.get("error") ?? "none" };
}

/** Searches at the console, as an auditor who has signed in. */
import { type Remote, sendAdmin } from "../sdk/admin.ts";

export interface Searches {
  /** Milliseconds until the page with what was found is there. @throws Error if the page does not hold `expected` */
  search(query: Readonly<Record<string, string>>, expected: string): Promise<number>;
}

export async function signIn({ gateway, adminToken }: Remote): Promise<Searches> {
  const wish = { sub: "auditor", groups: ["security"] };
  const made = await sendAdmin({ gateway, adminToken }, "POST", "console/tokens", wish);
  const { token } = (await made.json()) as { token: string };
  const answer = await fetch(`${gateway}/console/sign-in`, {
    method: "POST",
    headers: { accept: "application/json", origin: gateway },
    body: new URLSearchParams({ token }),
  });
  if (!answer.ok) throw new Error(`the console does not let the auditor in: ${answer.status}`);
  const { session } = (await answer.json()) as { session: string };
  return {
    search: async (query, expected) => {
      const start = performance.now();
      const url = `${gateway}/console/decisions/rows?${new URLSearchParams(query)}`;
      const found = await fetch(url, { headers: { authorization: `Bearer ${session}` } });
      const text = await found.text();
      const milliseconds = performance.now() - start;
      if (found.status !== 200 || !text.includes(expected))
        throw new Error(`${url}: ${found.status}, without ${expected}`);
      return milliseconds;
    },
  };
}

/** Signatures for AWS against its published vectors. */
import { describe, expect, test } from "vitest";
import { signForAws } from "../../worker/vendor/aws.ts";
import vectors from "../vectors/sigv4.json" with { type: "json" };

interface Case {
  readonly name: string;
  readonly method: string;
  readonly target: string;
  readonly headers: readonly (readonly string[])[];
  readonly body: string;
  readonly hashed?: boolean;
  readonly token?: string;
  readonly authorization: string;
  /** Why the case cannot come up here. */
  readonly skip?: string;
}

const { region, service, credentials, time } = vectors;
const cases = vectors.cases as readonly Case[];

async function authorizationOf({ method, target, headers: given, body, hashed, token }: Case): Promise<string | null> {
  const headers = new Headers(given.map(([name = "", value = ""]): [string, string] => [name, value]));
  const bytes = new TextEncoder().encode(body) as Uint8Array<ArrayBuffer>;
  if (hashed) {
    const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
    headers.set("x-amz-content-sha256", Array.from(digest, (octet) => octet.toString(16).padStart(2, "0")).join(""));
  }
  const signed = await signForAws(
    { method, url: `https://example.amazonaws.com${target}`, headers, body: body === "" ? undefined : bytes },
    { region, service },
    {
      accessKeyId: credentials.access_key_id,
      secretAccessKey: credentials.secret_access_key,
      ...(token !== undefined && { sessionToken: token }),
    },
    Date.parse(time),
  );
  return signed.get("authorization");
}

describe("AWS Signature Version 4", () => {
  for (const each of cases) {
    if (each.skip !== undefined) test.skip(`${each.name}: ${each.skip}`, () => undefined);
    else
      test(each.name, async () => {
        expect(await authorizationOf(each)).toBe(each.authorization);
      });
  }

  test("covers the body for S3 too, although AWS would accept it unsigned", async () => {
    const keys = { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "secret", sessionToken: "token" };
    const sign = (body: string): Promise<Headers> =>
      signForAws(
        {
          method: "PUT",
          url: "https://bucket.s3.amazonaws.com/key",
          headers: new Headers(),
          body: new TextEncoder().encode(body) as Uint8Array<ArrayBuffer>,
        },
        { region, service: "s3" },
        keys,
        Date.parse(time),
      );
    const [one, other] = await Promise.all([sign("one"), sign("other")]);
    expect(one.get("x-amz-content-sha256")).toMatch(/^[0-9a-f]{64}$/);
    expect(one.get("authorization")).not.toBe(other.get("authorization"));
  });
});

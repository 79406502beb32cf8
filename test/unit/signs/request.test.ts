/** Signs of a request that the gateway decides: when the store is asked, and what is reported to it. */
import { describe, expect, test } from "vitest";
import { SIGN_DEFAULTS, type SignSettings } from "../../../worker/config.ts";
import { verificationCore } from "../../../worker/core.ts";
import { HopError } from "../../../worker/errors.ts";
import type { Gateway } from "../../../worker/gateway/gateway.ts";
import type { SignEdges } from "../../../worker/gateway/sign-edges.ts";
import { createRequestSigns, noticeAdmitted, noticeDenied } from "../../../worker/gateway/signs.ts";
import type { Known } from "../../../worker/signs/sign.ts";
import { createWatch } from "../../../worker/signs/watch.ts";
import type { VerifiedChain } from "../../../worker/types.ts";
import { AGENT, APP, chainOf } from "./given.ts";

describe("a request", () => {
  const nothing: Known = { last: {}, depth: undefined, burst: 0 };

  /** A gateway with a store that counts how often it is asked. */
  function gatewayWith(answer: () => Promise<Known> = async () => nothing, settings: Partial<SignSettings> = {}) {
    const calls: string[] = [];
    const noticed: unknown[] = [];
    const later: Promise<unknown>[] = [];
    const asked = (name: string) => async (): Promise<Known> => {
      calls.push(name);
      return answer();
    };
    const signs: SignEdges = {
      settings: { ...SIGN_DEFAULTS, ...settings },
      seen: { look: asked("look"), see: asked("see"), deny: async () => calls.push("deny") > 0 },
      watch: createWatch(),
      notice: ({ signs: some }) => void noticed.push(some.map(({ sign }) => sign)),
    };
    const gateway = {
      signs,
      core: verificationCore(),
      afterwards: (work: Promise<unknown>) => later.push(work),
      now: () => Date.now(),
    };
    return { gateway: gateway as unknown as Gateway, calls, noticed, settled: () => Promise.all(later) };
  }
  const request = (headers: Record<string, string> = {}, cf?: object): VerifiedChain => {
    const made = Object.assign(new Request("https://g.example", { headers }), {});
    if (cf !== undefined) Object.defineProperty(made, "cf", { value: cf });
    return {
      ...chainOf([APP, AGENT]),
      proof: "dpop",
      presentation: { id: "d", request: made, route: { id: "orders" } },
    } as unknown as VerifiedChain;
  };

  test("whose policies read no signs asks no store", async () => {
    const { gateway, calls } = gatewayWith();
    const context: Record<string, unknown> = {};
    const signs = createRequestSigns(request(), gateway);
    signs.into(context);
    expect(await signs.refresh()).toBe(false);
    expect(calls).toEqual([]);
  });

  test("whose policies read signs asks once, and later ones of the caller do not for some seconds, unless something is new", async () => {
    const { gateway, calls } = gatewayWith();
    const first = createRequestSigns(request(), gateway);
    const contexts = [{}, {}] as { signs?: string[] }[];
    first.into(contexts[0] as Record<string, unknown>);
    expect(contexts[0]?.signs).toEqual([]);
    expect(await first.refresh()).toBe(true);
    first.into(contexts[1] as Record<string, unknown>);
    expect(contexts[1]?.signs).toEqual(["new_pair", "new_route", "new_client"]);
    expect(await first.refresh()).toBe(false);
    noticeAdmitted(request(), gateway);
    await Promise.resolve();
    expect(calls).toEqual(["look", "see"]);
  });

  test("is refused if a policy reads signs and they cannot be known", async () => {
    const { gateway } = gatewayWith(async () => Promise.reject(new Error("down")));
    const context: { signs?: string[] } = {};
    const signs = createRequestSigns(request(), gateway);
    signs.into(context as Record<string, unknown>);
    expect(context.signs).toEqual([]);
    await expect(signs.refresh()).rejects.toMatchObject({ rule: "signs_unavailable" });
  });

  test("that was admitted is sent to the store once in an hour, and again with other facts", async () => {
    const { gateway, calls, noticed, settled } = gatewayWith();
    for (let n = 0; n < 3; n++) {
      noticeAdmitted(request(), gateway);
      await settled();
    }
    expect(calls).toEqual(["see"]);
    noticeAdmitted(request({}, { country: "FR" }), gateway);
    await settled();
    expect(calls).toEqual(["see", "see"]);
    expect(noticed[0]).toEqual(["new_pair", "new_route", "new_client"]);
  });

  test("has its country from the edge or the configured header, and from no other", async () => {
    const countryIn = async (chain: VerifiedChain, settings: Partial<SignSettings>): Promise<boolean> => {
      const { gateway, noticed, settled } = gatewayWith(undefined, settings);
      noticeAdmitted(chain, gateway);
      await settled();
      return (noticed[0] as string[]).includes("new_country");
    };
    expect(await countryIn(request({ "x-country": "DE" }), {})).toBe(false);
    expect(await countryIn(request({ "x-country": "DE" }), { country_header: "x-country" })).toBe(true);
    expect(await countryIn(request({}, { country: "DE" }), {})).toBe(true);
    expect(await countryIn(request({}, { country: "DE" }), { country_header: "x-country" })).toBe(false);
    expect(await countryIn(request({ "x-country": "Germany" }), { country_header: "x-country" })).toBe(false);
  });

  test("that was denied counts if possession was proven and the rule is one that counts", async () => {
    const { gateway, calls, noticed, settled } = gatewayWith();
    noticeDenied(new HopError("policy_denied", { evidence: { chain: { ...request(), proof: undefined } } }), gateway);
    noticeDenied(new HopError("approval_required", { evidence: { chain: request() } }), gateway);
    noticeDenied(new HopError("jws_malformed"), gateway);
    expect(calls).toEqual([]);
    noticeDenied(new HopError("policy_denied", { evidence: { chain: request() } }), gateway);
    await settled();
    expect({ calls, noticed }).toEqual({ calls: ["deny"], noticed: [["denials"]] });
  });

  test("of a gateway without [signs] has none in its context", async () => {
    const context = {};
    createRequestSigns(request(), { ...gatewayWith().gateway, signs: undefined }).into(context);
    expect(context).toEqual({});
  });
});

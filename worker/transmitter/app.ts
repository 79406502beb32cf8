/**
 * `/ssf`: the endpoints where receivers manage and poll their streams of security events (OpenID Shared Signals
 * Framework 1.0, section 8; RFC 8936).
 */
import { type Context, Hono } from "hono";
import * as v from "valibot";
import type { Config, EventReceiver } from "../config.ts";
import { originOf } from "../http/origins.ts";
import { limitBody } from "../limit-body.ts";
import { isSameSecret } from "../trust/same-secret.ts";
import type { Signer } from "../trust/signing.ts";
import { VERIFICATION } from "./event.ts";
import { SSF_METADATA, transmitterMetadata } from "./metadata.ts";
import { signSet } from "./set.ts";
import {
  type Asked,
  changedTerms,
  describeStream,
  methodOf,
  POLL,
  readAsked,
  StreamRefused,
  type StreamTerms,
  VERIFICATION_INTERVAL,
} from "./stream.ts";
import type { StreamState, Streams } from "./streams.ts";

export interface StreamsEdges {
  stream(receiver: string): Pick<DurableObjectStub<Streams>, "state" | "change" | "add" | "mayVerify" | "poll">;
  /** A secret of the Worker. */
  secretOf(name: string): string | undefined;
  sha256(bytes: Uint8Array): Uint8Array;
  signer(): Promise<Signer | undefined>;
  /** Milliseconds since the epoch. */
  now(): number;
}

type Env = { Variables: { receiver: EventReceiver; edges: StreamsEdges } };
type StreamContext = Context<Env>;

/** Most bytes that a receiver sends: acknowledgements of a full stream. */
const MAX_BODY = 131_072;
/** Most SETs in one answer, and milliseconds for which a poll waits. */
const MOST_SETS = 100;
const POLL_WAIT_MS = 20_000;

const jtis = v.pipe(v.array(v.pipe(v.string(), v.maxLength(128))), v.maxLength(1000));
const Poll = v.looseObject({
  maxEvents: v.optional(v.pipe(v.number(), v.integer(), v.minValue(0)), MOST_SETS),
  returnImmediately: v.optional(v.boolean(), false),
  ack: v.optional(jtis, []),
  setErrs: v.optional(
    v.pipe(
      v.record(
        v.pipe(v.string(), v.maxLength(128)),
        v.looseObject({ err: v.string(), description: v.optional(v.string(), "") }),
      ),
      v.check((errors) => Object.keys(errors).length <= 1000),
    ),
    {},
  ),
});
const reason = v.optional(v.pipe(v.string(), v.maxLength(300)));
const Status = v.looseObject({ stream_id: v.string(), status: v.picklist(["enabled", "paused", "disabled"]), reason });
const Verification = v.looseObject({ stream_id: v.string(), state: v.optional(v.pipe(v.string(), v.maxLength(1024))) });

/** @param edgesOf what serves a request */
export function transmitterApp(config: Config, edgesOf: (c: Context) => StreamsEdges): Hono {
  const { gateway, receivers } = config;
  const originIn = (c: Context): string => originOf(new URL(c.req.url), gateway.origins) ?? gateway.origins[0];
  const app = new Hono<Env>();
  app.get(SSF_METADATA + pathOf(gateway.id), (c) =>
    c.json(transmitterMetadata(gateway.id, originIn(c)), 200, { "cache-control": "public, max-age=300" }),
  );
  app.use("/ssf/*", async (c, next) => {
    const edges = edgesOf(c);
    const receiver = receiverOf(c, receivers, edges);
    if (receiver === undefined) return c.json({ error: "invalid_token" }, 401, { "www-authenticate": "Bearer" });
    c.set("receiver", receiver);
    c.set("edges", edges);
    await next();
    c.header("cache-control", "no-store");
    return undefined;
  });
  app.use("/ssf/*", limitBody(MAX_BODY, gateway));

  const describe = ({ var: { receiver } }: StreamContext, terms: StreamTerms, origin: string) =>
    describeStream(receiver, terms, gateway.id, origin);

  app.get("/ssf/stream", async (c) => {
    const state = await streamOf(c).state();
    const asked = c.req.query("stream_id");
    if (asked !== undefined && !isOwn(c, asked, state)) return unknown(c);
    const described = describe(c, state.terms, originIn(c));
    return c.json(asked === undefined ? (state.exists ? [described] : []) : described);
  });

  app.post("/ssf/stream", async (c) => {
    const state = await streamOf(c).state();
    if (state.exists)
      return c.json({ error: "conflict", error_description: "the receiver already has its stream" }, 409);
    // Polled unless it says otherwise (section 8.1.1.1).
    return change(c, 201, (asked) => ({
      exists: true,
      status: "enabled",
      terms: termsOf(c, {}, { ...asked, delivery: asked.delivery ?? { method: POLL } }),
    }));
  });

  for (const [method, keeps] of [
    ["PATCH", true],
    ["PUT", false],
  ] as const) {
    app.on(method, "/ssf/stream", async (c) => {
      const state = await streamOf(c).state();
      return change(c, 200, (asked) => {
        if (!isOwn(c, asked.stream_id, state)) return undefined;
        return { ...state, terms: termsOf(c, keeps ? state.terms : {}, asked, state.terms) };
      });
    });
  }

  app.delete("/ssf/stream", async (c) => {
    if (!isOwn(c, c.req.query("stream_id"), await streamOf(c).state())) return unknown(c);
    await streamOf(c).change({ exists: false, status: "disabled", terms: {} });
    return c.body(null, 204);
  });

  app.get("/ssf/status", async (c) => {
    const state = await streamOf(c).state();
    const asked = c.req.query("stream_id");
    return isOwn(c, asked, state) ? c.json(statusOf(c, state)) : unknown(c);
  });

  app.post("/ssf/status", async (c) => {
    const body = v.safeParse(Status, await bodyOf(c));
    if (!body.success) return invalid(c, "takes JSON: `stream_id`, `status` and `reason`");
    const state = await streamOf(c).state();
    if (!isOwn(c, body.output.stream_id, state)) return unknown(c);
    const { status, reason: why } = body.output;
    const next = { ...state, status, reason: why };
    await streamOf(c).change(next);
    return c.json(statusOf(c, next));
  });

  app.post("/ssf/verification", async (c) => {
    const body = v.safeParse(Verification, await bodyOf(c));
    if (!body.success) return invalid(c, "takes JSON: `stream_id` and `state`, at most 1,024 characters");
    const { stream_id: id, state: echoed } = body.output;
    if (!isOwn(c, id, await streamOf(c).state())) return unknown(c);
    const { edges, receiver } = c.var;
    const signs = await edges.signer();
    if (signs === undefined) return c.json({ error: "temporarily_unavailable" }, 503, { "retry-after": "5" });
    if (!(await streamOf(c).mayVerify(VERIFICATION_INTERVAL)))
      return c.json({ error: "temporarily_unavailable" }, 429, { "retry-after": String(VERIFICATION_INTERVAL) });
    const content = {
      audience: receiver.audience,
      subject: { format: "opaque", id: receiver.id },
      uri: VERIFICATION,
      claims: echoed === undefined ? {} : { state: echoed },
      cause: crypto.randomUUID(),
    };
    await streamOf(c).add(await signSet(content, gateway.id, signs, edges.now()), true);
    return c.body(null, 204);
  });

  app.post("/ssf/poll/:id", async (c) => {
    const state = await streamOf(c).state();
    if (!isOwn(c, c.req.param("id"), state) || methodOf(c.var.receiver, state.terms) !== POLL) return unknown(c);
    const body = v.safeParse(Poll, await bodyOf(c));
    if (!body.success)
      return invalid(c, "takes JSON: `maxEvents`, `returnImmediately`, `ack` and `setErrs` (RFC 8936)");
    const { maxEvents, returnImmediately, ack, setErrs } = body.output;
    const errors = Object.fromEntries(
      Object.entries(setErrs).map(([jti, { err, description }]) => [jti, `${err} ${description}`.trim()]),
    );
    const wait = returnImmediately ? 0 : POLL_WAIT_MS;
    const { sets, more } = await streamOf(c).poll(Math.min(maxEvents, MOST_SETS), ack, errors, wait);
    return c.json({ sets, ...(more && { moreAvailable: true }) });
  });

  /** @param next undefined if the stream is not the receiver's */
  async function change(
    c: StreamContext,
    status: 200 | 201,
    next: (asked: Asked) => StreamState | undefined,
  ): Promise<Response> {
    try {
      const state = next(readAsked(await bodyOf(c)));
      if (state === undefined) return unknown(c);
      await streamOf(c).change(state);
      return c.json(describe(c, state.terms, originIn(c)), status);
    } catch (error) {
      if (!(error instanceof StreamRefused)) throw error;
      return invalid(c, error.message);
    }
  }

  function termsOf(c: StreamContext, from: StreamTerms, asked: Asked, now: StreamTerms = from): StreamTerms {
    return changedTerms(c.var.receiver, from, asked, describe(c, now, originIn(c)));
  }

  return app as unknown as Hono;
}

function pathOf(id: string): string {
  const path = URL.canParse(id) ? new URL(id).pathname.replace(/\/$/, "") : "";
  return path;
}

/** The receiver whose secret the request has. All are compared. */
function receiverOf(c: Context, receivers: readonly EventReceiver[], edges: StreamsEdges): EventReceiver | undefined {
  const token = /^Bearer +(\S+)$/i.exec(c.req.header("authorization") ?? "")?.[1];
  if (token === undefined) return undefined;
  return receivers.filter(({ secret }) => isSameSecret(token, edges.secretOf(secret), edges.sha256))[0];
}

function streamOf({ var: { edges, receiver } }: StreamContext): ReturnType<StreamsEdges["stream"]> {
  return edges.stream(receiver.id);
}

function isOwn({ var: { receiver } }: StreamContext, id: string | undefined, { exists }: StreamState): boolean {
  return exists && id === receiver.id;
}

function statusOf({ var: { receiver } }: StreamContext, { status, reason: why }: StreamState): object {
  return { stream_id: receiver.id, status, ...(why !== undefined && { reason: why }) };
}

async function bodyOf(c: StreamContext): Promise<unknown> {
  return c.req.json().catch(() => undefined);
}

function unknown(c: StreamContext): Response {
  return c.json({ error: "not_found", error_description: "the receiver has no such stream" }, 404);
}

function invalid(c: StreamContext, description: string): Response {
  return c.json({ error: "invalid_request", error_description: description }, 400);
}

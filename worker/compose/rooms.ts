/**
 * What each room is given: bindings and what an isolate keeps. Made once for an isolate and its bindings, so nothing here
 * belongs to one request: stubs of Durable Objects are made where they are called.
 */
import type { Console } from "../console/edges.ts";
import type { Env } from "../env.ts";
import type { Gateway } from "../gateway/gateway.ts";
import type { Door } from "../oauth/authorize/door.ts";
import type { Service } from "../oauth/service.ts";
import type { Receiver } from "../revocation/receiver.ts";
import type { Readiness } from "../telemetry/health.ts";
import type { MeasuredRequest } from "../telemetry/measured.ts";
import { createConsole, createReceiver } from "./console.ts";
import { createEdges, type Edges } from "./edges.ts";
import { createGateway } from "./gateway.ts";
import { measure, metricsOf } from "./measure.ts";
import { createDoor, createService } from "./oauth.ts";
import { readinessNow } from "./readiness.ts";

/** Everything that serves requests under one set of bindings. */
export interface Rooms extends Omit<Edges, "keyEdges" | "trust"> {
  gateway(): Promise<Gateway>;
  /** The authorization server; undefined if the gateway has no key to sign with. */
  service(): Promise<Service | undefined>;
  /** The pages where people let clients act for them; undefined without such a key, or without sign-in. */
  door(): Promise<Door | undefined>;
  readonly console: Console;
  readonly receiver: Receiver;
  /** The answer may be up to a second old, so that many callers cost one check. */
  readiness(): Promise<Readiness>;
  measure(request: MeasuredRequest): void;
  /** The metrics of all isolates, as Prometheus reads them. Rejects if their sums cannot be reached. */
  metrics(): Promise<string>;
}

const made = new WeakMap<Env, Rooms>();

/** @param env the same object for every request of an isolate */
export function roomsOf(env: Env): Rooms {
  const known = made.get(env);
  if (known !== undefined) return known;
  const rooms = createRooms(env);
  made.set(env, rooms);
  return rooms;
}

function createRooms(env: Env): Rooms {
  const edges = createEdges(env);
  let gateway: Promise<Gateway> | undefined;
  let service: Promise<Service | undefined> | undefined;
  let door: Promise<Door | undefined> | undefined;
  const gatewayNow = (): Promise<Gateway> => {
    gateway ??= createGateway(env, edges);
    return gateway;
  };
  const serviceNow = (): Promise<Service | undefined> => {
    service ??= gatewayNow().then((made) => createService(env, made, edges));
    return service;
  };
  return {
    names: edges.names,
    policyEdges: edges.policyEdges,
    ledger: edges.ledger,
    keepAct: edges.keepAct,
    tell: edges.tell,
    gateway: gatewayNow,
    service: serviceNow,
    door: () => {
      door ??= serviceNow().then((made) => createDoor(env, made, edges));
      return door;
    },
    console: createConsole(env, edges),
    receiver: createReceiver(env, edges),
    readiness: () => readinessNow(env, edges),
    measure: (request) => measure(request, env),
    metrics: () => metricsOf(env, edges),
  };
}

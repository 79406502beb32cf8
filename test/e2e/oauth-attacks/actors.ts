/** Actors that are not the client's to be. */
import { exchange, personToken, SERVICE, TYPE } from "../oauth.ts";
import { actorToken, type Row, service, world } from "./given.ts";

export const actors: Row[] = [
  [
    "splice: the subject of one task, the actor of another",
    400,
    "invalid_request",
    "belong to different tasks",
    async () =>
      exchange(world, {
        subject_token: await personToken(),
        actor_token: await actorToken({ txn: "task-of-another" }),
        actor_token_type: TYPE.access,
      }),
  ],
  [
    "an actor that is not the client's to be",
    400,
    "invalid_request",
    "the client may not be the actor",
    async () =>
      exchange(world, {
        subject_token: await personToken(),
        actor_token: await actorToken({ sub: SERVICE, client_id: SERVICE }),
        actor_token_type: TYPE.access,
      }),
  ],
  [
    "an actor token for another audience",
    400,
    "invalid_request",
    "`actor_token` has another audience",
    async () =>
      exchange(world, {
        subject_token: await personToken(),
        actor_token: await actorToken({ aud: "https://elsewhere.example" }),
        actor_token_type: TYPE.access,
      }),
  ],
  [
    "a subject token for another audience",
    400,
    "invalid_request",
    "does not name this client",
    async () =>
      exchange(world, { subject_token: await personToken({ aud: "https://elsewhere.example", client_id: "someone" }) }),
  ],
  [
    "re-delegation by a stranger",
    400,
    "invalid_request",
    "does not name this client",
    async () => exchange(world, { subject_token: await personToken() }, service),
  ],
  [
    "subject and actor swapped",
    400,
    "invalid_request",
    "the client may not be the actor",
    async () =>
      exchange(world, {
        subject_token: await actorToken({ client_id: "x", aud: "x", txn: "t" }),
        actor_token: await personToken({ client_id: "alice", sub: "alice" }),
        actor_token_type: TYPE.access,
      }),
  ],
];

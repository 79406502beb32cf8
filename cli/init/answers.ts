/** The answers that `hopgate init` needs, and what follows from them. */
import * as v from "valibot";
import { address, httpAddress, identifier, isProtected, origin } from "../../worker/config/fields.ts";

export interface Answers {
  /** Address of the API. */
  readonly api: string;
  /** Its paths that go through the gateway, such as `/orders/*`. */
  readonly path: string;
  /** Issuer of the OpenID provider where people sign in. */
  readonly issuer: string;
  /** Name of the first workload, a URI. */
  readonly workload: string;
  /** Address at which callers reach the gateway. */
  readonly gateway: string;
  /** Whether the API may be reached over plain http: in a private network only. */
  readonly allowHttp: boolean;
}

export interface Question {
  readonly name: Exclude<keyof Answers, "allowHttp">;
  readonly text: string;
  readonly default?: string;
  /** @returns what is wrong with an answer; undefined if nothing is */
  readonly objection: (answer: string, options: Pick<Answers, "allowHttp">) => string | undefined;
}

const path = v.pipe(
  v.string(),
  v.regex(/^(\/[A-Za-z0-9._~:-]+)*(\/\*|\/)?$/, "must be a path such as /orders/*"),
  v.minLength(1, "must be a path such as /orders/*"),
);

/** `localhost:9001` is a URL whose scheme is `localhost`: say what people leave out. */
const url = (schema: v.GenericSchema<string>) =>
  v.pipe(v.string(), v.includes("://", "must be a URL such as https://api.example.com"), schema);

const objectionOf =
  (schema: v.GenericSchema<string>) =>
  (answer: string): string | undefined =>
    v.safeParse(schema, answer).issues?.[0]?.message;

/** It must be https, or http on the loopback, or with the option in a private network. */
function objectionToApi(answer: string, { allowHttp }: Pick<Answers, "allowHttp">): string | undefined {
  const objection = objectionOf(url(httpAddress))(answer);
  if (objection !== undefined || allowHttp || isProtected(new URL(answer))) return objection;
  return "must be https (http only on the loopback, or with --allow-http in a private network)";
}

export const QUESTIONS: readonly Question[] = [
  { name: "api", text: "Where is your API?", objection: objectionToApi },
  {
    name: "path",
    text: "Which of its paths go through the gateway? (a * at the end: everything below)",
    default: "/*",
    objection: objectionOf(path),
  },
  {
    name: "issuer",
    text: "Where do people sign in? (issuer of your OpenID provider)",
    objection: objectionOf(url(address)),
  },
  {
    name: "workload",
    text: "What is the first workload called? (a URI)",
    default: "spiffe://example.com/agents/assistant",
    objection: objectionOf(identifier),
  },
  {
    name: "gateway",
    text: "Where will callers reach the gateway?",
    default: "http://127.0.0.1:8787",
    objection: objectionOf(url(origin)),
  },
];

/** Names that are made from the answers. */
export interface Derived {
  /** Id of the route: the last fixed segment of the path, `orders` of `/v1/orders/*`. */
  readonly route: string;
  readonly api: string;
  readonly read: string;
  readonly write: string;
  /** The workload's short name, for its key's file and its policies. */
  readonly workload: string;
}

/** Other files in the folder of the keys. */
const OTHER_KEYS = ["app", "gateway-keys", "publisher"];

export function derive({ path, workload }: Answers): Derived {
  const last = short(workload.split(/[/:]/).findLast((part) => part !== "") ?? "workload");
  const route = short(path.split("/").findLast((part) => /^[A-Za-z0-9]/.test(part)) ?? "api");
  return {
    route,
    api: `${route}-api`,
    read: `${route}:read`,
    write: `${route}:write`,
    workload: OTHER_KEYS.includes(last) ? `workload-${last}` : last,
  };
}

function short(text: string): string {
  return text.replace(/[^A-Za-z0-9._-]/g, "-").slice(0, 40);
}

/** Whether the gateway is on the loopback, for trying it out on this machine. */
export function isLocal({ gateway }: Answers): boolean {
  return new URL(gateway).protocol === "http:";
}

/** Which elements of a server's lists a chain could use: the policies are evaluated with unknown arguments. */
import canonicalize from "canonicalize";
import { toBase64url } from "../../wasm/core.ts";
import type { Route, Tool } from "../config.ts";
import type { AnswerTerms, ListName } from "../mcp/answer.ts";
import type { Json } from "../mcp/message.ts";
import { couldAllow, partlyKnown } from "../policy/could.ts";
import type { Executable } from "../policy/evaluate.ts";
import type { LoadedPolicies } from "../policy/load.ts";
import type { Question, VerifiedChain } from "../types.ts";
import type { Gateway } from "./gateway.ts";
import { createRequestMemory } from "./memory.ts";
import { planContext } from "./plan.ts";
import { questionOf } from "./question.ts";
import { createRequestSigns } from "./signs.ts";

type Filtering = Pick<Gateway, "core" | "ledger" | "now" | "pins" | "policies" | "seenMemories" | "signs">;

/** The request that uses an element, and the argument that names it. */
interface Asked {
  readonly name: string;
  readonly tool: Tool;
  readonly known: Readonly<Record<string, unknown>>;
}

/** For one answer, with the policies that are current when it arrives. */
export function createListFilter(chain: VerifiedChain, gateway: Filtering): AnswerTerms["keeps"] {
  const { route } = chain.presentation;
  let loaded: Promise<LoadedPolicies | undefined> | undefined;
  let questions: readonly Question[] | undefined;
  return async (list, element) => {
    const asked = askedFor(list, element, route);
    if (asked === undefined || !isAsPinned(list, asked, element, route, gateway)) return false;
    if (!asked.tool.scopes.every((scope) => chain.scopes.includes(scope))) return false;
    loaded ??= gateway.policies();
    const policies = await loaded;
    if (policies === undefined) return false;
    questions ??= questionsOf(chain, policies, gateway);
    return couldAsk(asked, planContext(chain, asked.tool.action), questions, policies);
  };
}

function askedFor(list: ListName, element: Json, { tools = {}, requests }: Route): Asked | undefined {
  const { name, uri } = element;
  const declared = (table: Readonly<Record<string, Tool>>, key: unknown, known: Asked["known"]): Asked | undefined =>
    typeof key === "string" && Object.hasOwn(table, key) ? { name: key, tool: table[key] as Tool, known } : undefined;
  switch (list) {
    case "tools":
      return declared(tools, name, {});
    case "prompts":
      return declared(requests, "prompts/get", { name });
    case "resources":
      return declared(requests, "resources/read", { uri });
    case "resourceTemplates":
      return declared(requests, "resources/read", {});
  }
}

/** A tool whose definition differs from the reviewed one is neither shown nor called until it is reviewed again. */
function isAsPinned(
  list: ListName,
  { name, tool }: Asked,
  element: Json,
  route: Route,
  { core, pins }: Filtering,
): boolean {
  if (list !== "tools" || tool.pin === undefined) return true;
  const hash = toBase64url(core.sha256(new TextEncoder().encode(canonicalize(element))));
  const isSame = [tool.pin].flat().includes(hash);
  pins.saw(route.id, name, isSame);
  return isSame;
}

/** An approval or a stronger authentication may help even if no argument does. */
function couldAsk(
  { name, tool, known }: Asked,
  plan: Readonly<Record<string, unknown>>,
  questions: readonly Question[],
  policies: LoadedPolicies,
): boolean {
  const declared = Object.entries(known).filter(([argument]) => Object.hasOwn(tool.arguments, argument));
  const call = { name, arguments: partlyKnown(Object.fromEntries(declared)), inputs: partlyKnown({}) };
  return questions.some(({ request, entities }) => {
    const asked = {
      ...request,
      action: { type: "Action", id: tool.action },
      context: { ...request.context, task: { ...(request.context["task"] as object), ...plan }, tool: call },
    };
    return couldAllow(policies.policies, asked, entities, policies.entities, isAnswerable);
  });
}

function isAnswerable({ annotations }: Pick<Executable, "annotations">): boolean {
  return "step_up" in annotations;
}

/**
 * The question for all elements: chain and request, once without and once with approval, with memory and signs as last
 * seen.
 */
function questionsOf(chain: VerifiedChain, { policies }: LoadedPolicies, gateway: Filtering): readonly Question[] {
  const presentation = { ...chain.presentation, tool: undefined };
  const remembered = createRequestMemory(chain, gateway).context(policies.memory);
  const signs = createRequestSigns(chain, gateway);
  return [false, true].map((approved) =>
    questionOf({ ...chain, presentation }, gateway.now(), { approved }, remembered, signs),
  );
}

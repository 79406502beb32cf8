/**
 * A prompt and tools of the suite's scenarios that ask the client: by requests of the server before 2026-07-28, by
 * results since then.
 */
import {
  acceptedContent,
  CLIENT_CAPABILITIES_META_KEY,
  createRequestStateCodec,
  type InputRequests,
  inputRequired,
  type McpServer,
  type ServerContext,
} from "@modelcontextprotocol/server";
import { z } from "zod";
import { said } from "./content.ts";

/** What a server gives out to get back, sealed: a client may have changed it (SEP-2322). */
export const STATES = createRequestStateCodec<{ round: number }>({ key: crypto.getRandomValues(new Uint8Array(32)) });

const form = (message: string, name: string, type: "string" | "boolean" = "string") =>
  inputRequired.elicit({
    message,
    requestedSchema: {
      type: "object",
      properties: { [name]: type === "string" ? { type } : { type } },
      required: [name],
    },
  });
const sampling = (text: string, maxTokens: number) =>
  inputRequired.createMessage({ messages: [{ role: "user", content: { type: "text", text } }], maxTokens });

const NAME = { user_name: form("What is your name?", "name") };
const CONFIRM = { confirm: form("Please confirm", "ok", "boolean") };

/** Tools that ask in one round, and complete when there is an answer to everything. */
const ONE_ROUND: Readonly<Record<string, { readonly requests: InputRequests; readonly withState?: boolean }>> = {
  test_input_required_result_elicitation: { requests: NAME },
  test_input_required_result_sampling: {
    requests: { capital_question: sampling("What is the capital of France?", 100) },
  },
  test_input_required_result_list_roots: { requests: { client_roots: inputRequired.listRoots() } },
  test_input_required_result_request_state: { requests: CONFIRM, withState: true },
  test_input_required_result_tampered_state: { requests: CONFIRM, withState: true },
  test_input_required_result_multiple_inputs: {
    requests: { ...NAME, greeting: sampling("Generate a greeting", 50), client_roots: inputRequired.listRoots() },
    withState: true,
  },
  test_missing_capability: { requests: { llm_answer: sampling("Say one word", 16) } },
};

/** What was answered to one request, if it has the form of an answer. */
function answerTo(key: string, method: string, { mcpReq }: ServerContext): unknown {
  if (method === "elicitation/create") return acceptedContent(mcpReq.inputResponses, key);
  const given = mcpReq.inputResponses?.[key] as { content?: unknown; roots?: unknown } | undefined;
  return given?.content ?? given?.roots;
}

function registerToday(server: McpServer): void {
  for (const [name, { requests, withState }] of Object.entries(ONE_ROUND))
    server.registerTool(name, { description: `What ${name} is to show` }, async (ctx) => {
      const answers = Object.entries(requests).map(([key, { method }]) => answerTo(key, method, ctx));
      const hasState = !withState || ctx.mcpReq.requestState() !== undefined;
      if (hasState && answers.every((each) => each !== undefined)) return said(`state-ok ${JSON.stringify(answers)}`);
      const state = withState && { requestState: await STATES.mint({ round: Math.random() }) };
      return inputRequired({ inputRequests: requests, ...state });
    });
  server.registerTool("test_input_required_result_multi_round", { description: "Asks twice" }, async ({ mcpReq }) => {
    const round = mcpReq.requestState<{ round: number }>()?.round ?? 0;
    if (round === 2) return said("asked twice");
    const question = round === 0 ? form("Step 1: What is your name?", "name") : form("Step 2: What color?", "color");
    return inputRequired({
      inputRequests: { [`step${round + 1}`]: question },
      requestState: await STATES.mint({ round: round + 1 }),
    });
  });
  server.registerTool("test_input_required_result_capabilities", { description: "Asks what is declared" }, (ctx) => {
    const has = (ctx.mcpReq.envelope as Record<string, object> | undefined)?.[CLIENT_CAPABILITIES_META_KEY] ?? {};
    const requests = {
      ...("elicitation" in has && NAME),
      ...("sampling" in has && { greeting: sampling("Generate a greeting", 50) }),
      ...("roots" in has && { client_roots: inputRequired.listRoots() }),
    };
    if (ctx.mcpReq.inputResponses !== undefined || Object.keys(requests).length === 0) return said("asked as declared");
    return inputRequired({ inputRequests: requests });
  });
  server.registerPrompt("test_input_required_result_prompt", { description: "Asks before it is written" }, (async (
    ctx: ServerContext,
  ) => {
    const given = acceptedContent<{ context: string }>(ctx.mcpReq.inputResponses, "user_context");
    if (given === undefined)
      return inputRequired({ inputRequests: { user_context: form("What context should the prompt use?", "context") } });
    return { messages: [{ role: "user", content: { type: "text", text: `Use this: ${given.context}` } }] };
  }) as never);
}

/** SEP-1034: every kind of field with a default. */
const DEFAULTS = {
  name: { type: "string", default: "John Doe" },
  age: { type: "integer", default: 30 },
  score: { type: "number", default: 95.5 },
  status: { type: "string", enum: ["active", "inactive", "pending"], default: "active" },
  verified: { type: "boolean", default: true },
};

const options = (word: string, ...names: string[]) => names.map((title, at) => ({ const: `${word}${at + 1}`, title }));
const CHOICES = ["option1", "option2", "option3"];
/** SEP-1330: every kind of choice. */
const ENUMS = {
  untitledSingle: { type: "string", enum: CHOICES },
  titledSingle: { type: "string", oneOf: options("value", "First Option", "Second Option", "Third Option") },
  legacyEnum: {
    type: "string",
    enum: ["opt1", "opt2", "opt3"],
    enumNames: ["Option One", "Option Two", "Option Three"],
  },
  untitledMulti: { type: "array", items: { type: "string", enum: CHOICES } },
  titledMulti: { type: "array", items: { anyOf: options("value", "First Choice", "Second Choice", "Third Choice") } },
};

const USER = { username: { type: "string" }, email: { type: "string" } };

function registerBefore(server: McpServer): void {
  const elicit = async ({ mcpReq }: ServerContext, message: string, properties: object, required: string[] = []) => {
    const requestedSchema = { type: "object", properties, required };
    const { action, content } = await mcpReq.send({
      method: "elicitation/create",
      params: { message, requestedSchema },
    });
    return said(`Elicitation completed: action=${action}, content=${JSON.stringify(content)}`);
  };
  server.registerTool(
    "test_elicitation",
    { description: "Asks a person", inputSchema: z.object({ message: z.string() }) },
    ({ message }, ctx) => elicit(ctx, message, USER, ["username", "email"]),
  );
  server.registerTool("test_elicitation_sep1034_defaults", { description: "Asks with defaults" }, (ctx) =>
    elicit(ctx, "Please look at the defaults", DEFAULTS),
  );
  server.registerTool("test_elicitation_sep1330_enums", { description: "Asks with choices" }, (ctx) =>
    elicit(ctx, "Please choose", ENUMS),
  );
  server.registerTool(
    "test_sampling",
    { description: "Asks a model", inputSchema: z.object({ prompt: z.string() }) },
    async ({ prompt: text }, { mcpReq }) => {
      const messages = [{ role: "user" as const, content: { type: "text" as const, text } }];
      const { content } = await mcpReq.send({ method: "sampling/createMessage", params: { messages, maxTokens: 100 } });
      return said(`LLM response: ${JSON.stringify(content)}`);
    },
  );
}

export function registerAskingTools(server: McpServer): void {
  registerToday(server);
  registerBefore(server);
}

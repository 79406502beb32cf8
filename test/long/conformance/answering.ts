/** Tools of the suite's scenarios that answer without asking anybody. */
import { type CallToolResult, fromJsonSchema, type McpServer, type ServerContext } from "@modelcontextprotocol/server";
import { PICTURE, pause, SOUND, said } from "./content.ts";

/** JSON Schema 2020-12 with what is lost easily on the way (SEP-1613, SEP-2106). */
const SCHEMA_2020_12 = {
  $schema: "https://json-schema.org/draft/2020-12/schema",
  type: "object",
  $defs: {
    address: {
      $anchor: "addressDef",
      type: "object",
      properties: { street: { type: "string" }, city: { type: "string" } },
    },
  },
  properties: {
    name: { type: "string" },
    address: { $ref: "#/$defs/address" },
    contactMethod: { type: "string", enum: ["phone", "email"] },
    phone: { type: "string" },
    email: { type: "string" },
  },
  allOf: [{ anyOf: [{ required: ["phone"] }, { required: ["email"] }] }],
  if: { properties: { contactMethod: { const: "phone" } }, required: ["contactMethod"] },
  // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema
  then: { required: ["phone"] },
  else: { required: ["email"] },
  additionalProperties: false,
} as const;

const MIRRORED = {
  type: "object",
  properties: { region: { type: "string", "x-mcp-header": "Region" }, level: { type: "integer" } },
} as const;

const resource = (uri: string, mimeType: string, text: string) => ({
  type: "resource" as const,
  resource: { uri, mimeType, text },
});

type Run = (ctx: ServerContext) => CallToolResult | Promise<CallToolResult>;

const TOOLS: Readonly<Record<string, Run>> = {
  test_simple_text: () => said("This is a simple text response for testing."),
  test_image_content: () => ({ content: [{ type: "image", ...PICTURE }] }),
  test_audio_content: () => ({ content: [{ type: "audio", ...SOUND }] }),
  test_embedded_resource: () => ({
    content: [resource("test://embedded-resource", "text/plain", "This is an embedded resource content.")],
  }),
  test_multiple_content_types: () => ({
    content: [
      { type: "text", text: "Multiple content types test:" },
      { type: "image", ...PICTURE },
      resource("test://mixed-content-resource", "application/json", '{"test":"data","value":123}'),
    ],
  }),
  test_error_handling: () => {
    throw new Error("This tool intentionally returns an error for testing");
  },
  test_streaming_elicitation: () => said("nothing was asked on this stream"),
  test_logging_tool: async ({ mcpReq }) => {
    await mcpReq.log("info", "for those who asked for it");
    return said("logged");
  },
  test_tool_with_logging: async ({ mcpReq }) => {
    for (const data of ["Tool execution started", "Tool processing data", "Tool execution completed"]) {
      await mcpReq.notify({ method: "notifications/message", params: { level: "info", data } });
      await pause();
    }
    return said("logged three times");
  },
  test_tool_with_progress: async ({ mcpReq }) => {
    const progressToken = mcpReq._meta?.progressToken;
    for (const progress of [0, 50, 100]) {
      if (progressToken !== undefined)
        await mcpReq.notify({ method: "notifications/progress", params: { progressToken, progress, total: 100 } });
      await pause();
    }
    return said("done");
  },
  test_reconnection: async ({ http }) => {
    http?.closeSSE?.();
    await pause();
    return said("told after the stream was closed");
  },
};

export function registerAnsweringTools(server: McpServer): void {
  for (const [name, run] of Object.entries(TOOLS))
    server.registerTool(name, { description: `What ${name} is to show` }, run);
  server.registerTool(
    "json_schema_2020_12_tool",
    { description: "Has a schema of 2020-12", inputSchema: fromJsonSchema(SCHEMA_2020_12) },
    () => said("taken"),
  );
  server.registerTool(
    "test_x_mcp_header",
    { description: "Mirrors an argument in a header", inputSchema: fromJsonSchema<{ region?: string }>(MIRRORED) },
    ({ region }) => said(`region ${region ?? "none"}`),
  );
}

/** Resources and prompts of the suite's scenarios. */
import { type McpServer, ResourceTemplate } from "@modelcontextprotocol/server";
import { z } from "zod";
import { PICTURE } from "./content.ts";

const text = (words: string) => ({ role: "user" as const, content: { type: "text" as const, text: words } });

export function registerShown(server: McpServer): void {
  const plain = (name: string, words: string): void =>
    void server.registerResource(
      name,
      `test://${name}`,
      { description: `The text ${name}`, mimeType: "text/plain" },
      ({ href: uri }) => ({ contents: [{ uri, mimeType: "text/plain", text: words }] }),
    );
  plain("static-text", "This is the content of the static text resource.");
  plain("watched-resource", "Watched.");
  server.registerResource(
    "static-binary",
    "test://static-binary",
    { description: "A picture", mimeType: PICTURE.mimeType },
    ({ href: uri }) => ({ contents: [{ uri, mimeType: PICTURE.mimeType, blob: PICTURE.data }] }),
  );
  server.registerResource(
    "template",
    new ResourceTemplate("test://template/{id}/data", { list: undefined }),
    { description: "Data of an id", mimeType: "application/json" },
    ({ href: uri }, { id }) => {
      const data = JSON.stringify({ id, templateTest: true, data: `Data for ID: ${id}` });
      return { contents: [{ uri, mimeType: "application/json", text: data }] };
    },
  );

  server.registerPrompt("test_simple_prompt", { description: "Simple" }, () => ({
    messages: [text("This is a simple prompt for testing.")],
  }));
  server.registerPrompt(
    "test_prompt_with_arguments",
    { description: "With arguments", argsSchema: z.object({ arg1: z.string(), arg2: z.string() }) },
    ({ arg1, arg2 }) => ({ messages: [text(`Prompt with arguments: arg1='${arg1}', arg2='${arg2}'`)] }),
  );
  server.registerPrompt(
    "test_prompt_with_embedded_resource",
    { description: "With a resource", argsSchema: z.object({ resourceUri: z.string() }) },
    ({ resourceUri: uri }) => ({
      messages: [
        {
          role: "user",
          content: {
            type: "resource",
            resource: { uri, mimeType: "text/plain", text: "Embedded resource content for testing." },
          },
        },
        text("Please process the embedded resource above."),
      ],
    }),
  );
  server.registerPrompt("test_prompt_with_image", { description: "With a picture" }, () => ({
    messages: [{ role: "user", content: { type: "image", ...PICTURE } }, text("Please analyze the image above.")],
  }));
}

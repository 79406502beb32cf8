/** `hopgate init`: configuration, policies and keys for one's own API and OpenID provider. */
import { resolve } from "node:path";
import { createInterface } from "node:readline";
import { Command } from "commander";
import { type Answers, QUESTIONS, type Question } from "../init/answers.ts";
import { quoted, refuseUnfit, writeFolder } from "../init/write.ts";
import { table } from "../print.ts";
import { isInstalled } from "../root.ts";

type Options = Partial<Answers> & { readonly yes?: boolean };

export function initCommand(): Command {
  const command = new Command("init")
    .description("write configuration, policies and keys for your own API and OpenID provider into a folder")
    .argument("[folder]", "where to write; existing files are never overwritten", "my-gateway");
  for (const { name, text, default: otherwise } of QUESTIONS)
    command.option(`--${name} <value>`, otherwise === undefined ? text : `${text} default: ${otherwise}`);
  return command
    .option(
      "--allow-http",
      "the API is in a private network and is reached over plain http, such as http://orders:8080",
    )
    .option("--yes", "ask nothing: use the defaults for what is not given")
    .addHelpText("after", "\nAsks for what is not given. Next: docs/quickstart.md")
    .action(async (folder: string, options: Options) => {
      await refuseUnfit(folder);
      const answers = await answersOf(options);
      const written = await writeFolder(folder, answers);
      console.log(
        table(
          ["", ""],
          written.map(({ file, what }) => [file, what]),
        ),
      );
      console.log(next(folder));
    });
}

/** What to do with the folder. The gateway is started in the repository, so an installed command line says where. */
function next(folder: string): string {
  const path = (name: string): string => shellWord(`${isInstalled ? resolve(folder) : folder}/${name}`);
  return `
next${isInstalled ? ", in Hopgate's repository" : ""}:  npm run selfhost -- --config ${path("hopgate.toml")} --keys ${path("keys")} --state ${path("state")}
       . ${path("env")} && hopgate policy publish ${path("policies")}`;
}

/** As it is written in a shell: in quotes if it needs them. */
function shellWord(text: string): string {
  return /^[\w./:@%+=,-]+$/.test(text) ? text : quoted(text);
}

async function answersOf({ yes, allowHttp = false, ...given }: Options): Promise<Answers> {
  const ask = yes ? undefined : questions();
  try {
    const answers: [string, string][] = [];
    for (const question of QUESTIONS)
      answers.push([question.name, await answerTo(question, given[question.name], ask, { allowHttp })]);
    return { ...(Object.fromEntries(answers) as Record<Question["name"], string>), allowHttp };
  } finally {
    ask?.close();
  }
}

interface Questions {
  /** @returns undefined if the input has ended, or if it was interrupted */
  question(text: string): Promise<string | undefined>;
  close(): void;
}

/** Questions at the terminal. The iterator keeps lines that arrive before their question, pasted or piped. */
function questions(): Questions {
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  const lines = terminal[Symbol.asyncIterator]();
  const question = async (text: string): Promise<string | undefined> => {
    terminal.setPrompt(text);
    terminal.prompt();
    const { done, value } = await lines.next();
    return done ? undefined : value;
  };
  return { question, close: () => terminal.close() };
}

async function answerTo(
  { name, text, default: otherwise, objection }: Question,
  given: string | undefined,
  ask: Questions | undefined,
  options: Pick<Answers, "allowHttp">,
): Promise<string> {
  for (let answer = given; ; answer = undefined) {
    if ((answer ?? "") === "" && ask === undefined && otherwise === undefined) throw new Error(`--${name} is required`);
    answer ??= ask === undefined ? "" : await ask.question(prompt(text, otherwise));
    if (answer === undefined) throw new Error(`no answer: give --${name}, or --yes for the defaults`);
    answer = answer.trim();
    if (answer === "") answer = otherwise ?? "";
    const problem = objection(answer, options);
    if (problem === undefined) return answer;
    // Values given as options are not asked for, so that scripts never wait for a person.
    if (given !== undefined || ask === undefined) throw new Error(`--${name} ${answer}: ${problem}`);
    console.error(answer === "" ? problem : `${answer}: ${problem}`);
  }
}

function prompt(text: string, otherwise: string | undefined): string {
  return otherwise === undefined ? `${text} ` : `${text} [${otherwise}] `;
}

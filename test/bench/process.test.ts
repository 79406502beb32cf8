import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { folderUse } from "../../bench/folder.ts";
import { openFiles, residentBytes, usedMilliseconds } from "../../bench/process.ts";

test("the size of a folder is that of all files below it, in blocks", async () => {
  const folder = await mkdtemp(join(tmpdir(), "hopgate-bench-"));
  try {
    await mkdir(join(folder, "below"));
    await writeFile(join(folder, "one"), "1".repeat(5000));
    await writeFile(join(folder, "below/two"), "2");
    const { files, bytes } = await folderUse(folder);
    expect(files).toBe(2);
    expect(bytes % 512).toBe(0);
    expect(bytes).toBeGreaterThan(5000);
  } finally {
    await rm(folder, { recursive: true });
  }
});

test.skipIf(process.platform !== "linux")("a process has the numbers of the kernel", async () => {
  const near = process.memoryUsage().rss / (await residentBytes(process.pid));
  expect(near).toBeGreaterThan(0.5);
  expect(near).toBeLessThan(2);
  expect(await openFiles(process.pid)).toBeGreaterThan(2);
  expect(await usedMilliseconds(process.pid)).toBeGreaterThan(0);
});

/** R2 on a folder: workerd's disk service stores what the Worker puts into its long-term store. */

/** The binding for the Worker, which only uses `put`. */
export function bucketOn(disk: Fetcher): R2Bucket {
  const bucket = {
    async put(key: string, value: ArrayBuffer): Promise<void> {
      const answer = await disk.fetch(new URL(key, "http://disk/"), { method: "PUT", body: value });
      await answer.body?.cancel();
      if (!answer.ok) throw new Error(`the disk answered ${answer.status}`);
    },
  };
  return bucket as unknown as R2Bucket;
}

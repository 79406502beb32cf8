/** What the command line says about shards of the ledger that do not have a revocation yet. */

/** @param answer of `POST /admin/revocations` or `/admin/revocations/reopened` */
export async function printPending(answer: Response): Promise<void> {
  const { pending = [] } = (await answer.json()) as { readonly pending?: readonly string[] };
  if (pending.length === 0) return;
  console.log(`   not in force everywhere yet: shards of the ledger without it: ${pending.join(", ")}`);
  console.log("   it is sent to them again every second; /readyz counts those without it (revocations.pending)");
}

/** A client's document is there and is none: what is wrong is its owner's to mend. */
export class DocumentRefused extends Error {
  override readonly name = "DocumentRefused";
}

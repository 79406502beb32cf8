/** A client's document was found but is not valid: its owner must correct it. */
export class DocumentRefused extends Error {
  override readonly name = "DocumentRefused";
}

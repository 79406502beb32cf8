/** A state of a workflow, and the audience with which it is to continue: from each state one for each audience. */
export interface Successor {
  readonly acti: string;
  /** Digest of the state. */
  readonly prev: string;
  /** The audience. */
  readonly target: string;
}

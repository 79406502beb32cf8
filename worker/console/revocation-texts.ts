/** What the form that revokes says about each kind of name, and about each field of it. */
import type { EarlierKind } from "../revocation/limits.ts";
import type { RevocationKind, RevocationName } from "../revocation/name.ts";

export interface FieldText {
  readonly label: string;
  readonly hint: string;
  readonly example: string;
}

interface KindText<Fields extends string> {
  /** What is revoked. */
  readonly title: string;
  /** What is refused. */
  readonly effect: string;
  /** How long it holds, and how it is undone. */
  readonly end: string;
  readonly fields: Readonly<Record<Fields, FieldText>>;
}

type FieldsOf<Kind extends RevocationKind> = Exclude<keyof Extract<RevocationName, { kind: Kind }>, "kind"> & string;

const PERMANENT = "This is permanent and cannot be undone.";

const PERSON_ISSUER: FieldText = {
  label: "Issuer",
  hint: "The identity provider that knows the person: `iss` of its tokens.",
  example: "https://idp.acme.example",
};

const HASH_EXAMPLE = "47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU";

/** In the order of the form: what is needed most comes first. */
export const REVOCATION_TEXTS: { readonly [Kind in RevocationKind]: KindText<FieldsOf<Kind>> } = {
  task: {
    title: "A task",
    effect: "Every chain and token of the task is refused, and everything that was derived from them.",
    end: "This holds until an operator reopens the task on its page. Then what has not expired is valid again.",
    fields: {
      task: {
        label: "Identity of the task",
        hint: "The 43 characters at the end of the address of the task's page, not its `txn`.",
        example: HASH_EXAMPLE,
      },
    },
  },
  actor: {
    title: "A workload or agent",
    effect: "Every chain in which it takes part is refused, whoever it acts for.",
    end: PERMANENT,
    fields: {
      name: {
        label: "Name",
        hint: "As the ledger shows it.",
        example: "spiffe://acme.example/agents/support",
      },
      authority: {
        label: "Authority",
        hint: "Who answers for the name. Leave it empty if the name contains it, as a SPIFFE ID or an https URL does, or if the workload is registered at this gateway.",
        example: "https://idp.acme.example",
      },
    },
  },
  subject: {
    title: "A person or other subject",
    effect: "Everything that is done for them is refused, and they are signed out of this console.",
    end: `They cannot sign in here again. ${PERMANENT}`,
    fields: {
      issuer: PERSON_ISSUER,
      sub: {
        label: "Subject",
        hint: "Their `sub` at that issuer, or their e-mail address if its tokens contain it.",
        example: "alice",
      },
    },
  },
  session: {
    title: "A session of a person",
    effect: "Everything that began in this session at the identity provider is refused.",
    end: `${PERMANENT} The person can sign in again, which begins another session.`,
    fields: {
      issuer: PERSON_ISSUER,
      sid: {
        label: "Session",
        hint: "The `sid` in the person's ID token or access token.",
        example: "08a5019c-17e1-4977",
      },
    },
  },
  client: {
    title: "A client",
    effect: "Everything that began with a token of this client is refused.",
    end: `The client gets no new token here. ${PERMANENT} Register the client under another id if it is needed again.`,
    fields: {
      client_id: { label: "Client id", hint: "As it was registered.", example: "my-agent" },
      issuer: {
        label: "Issuer",
        hint: "Where the client is registered. Leave it empty for a client of this gateway.",
        example: "https://idp.acme.example",
      },
    },
  },
  token: {
    title: "One token",
    effect: "The token is refused, and everything that was derived from it. To revoke a delegation, revoke its hop.",
    end: PERMANENT,
    fields: {
      issuer: {
        label: "Issuer",
        hint: "Who issued the token: its `iss`.",
        example: "https://idp.acme.example",
      },
      jti: { label: "Token id", hint: "Its `jti`.", example: "9b1deb4d-3b7d-4bad-9bdd-2b0d7b3dcb6d" },
    },
  },
  hop: {
    title: "One delegation",
    effect: "Every chain that contains this hop is refused.",
    end: `${PERMANENT} The delegator can sign a new hop.`,
    fields: {
      hash: {
        label: "Name of the hop",
        hint: "The 43 characters at the end of its line in `hopgate audit show`.",
        example: HASH_EXAMPLE,
      },
    },
  },
  issuer: {
    title: "An identity provider",
    effect: "Every chain and token that began with this issuer is refused: everybody who signs in there is affected.",
    end: PERMANENT,
    fields: {
      issuer: { label: "Issuer", hint: "As in `iss` of its tokens.", example: "https://idp.acme.example" },
    },
  },
};

/** What is accepted after a revocation of only what was issued until now, and what a leaked secret needs before. */
export const LATER_TEXTS: Readonly<Record<EarlierKind, string>> = {
  actor: "A chain that begins later is accepted. If a key has leaked, remove it from the registration first.",
  subject: "They can sign in again, here too.",
  session: "Tokens that the person gets later in this session are accepted.",
  client: "Tokens that it gets later are accepted. If its secret has leaked, rotate the secret twice first.",
  issuer: "What it issues later is accepted. If its key has leaked, it must stop publishing the key first.",
};

/**
 * People's grants at vendors, sharded by person: one encrypted row for each account. Tokens are renewed only here, so
 * that a single-use refresh token is sent once, however many requests need its access token at the same time.
 */
import { DurableObject } from "cloudflare:workers";
import * as v from "valibot";
import { type Party, partyId } from "../chain/party.ts";
import { logEvent, logFailure } from "../log.ts";
import type { Cipher } from "../trust/cipher.ts";
import { type Connection, type Grants, type Tokens, TokensSchema, type Usable } from "./grant.ts";
import { countRefusal } from "./refusals.ts";
import { type VendorEdges, VendorRefused, type VendorServer } from "./server.ts";

export interface VaultEdges extends VendorEdges {
  /** Undefined without VAULT_KEYS. */
  readonly cipher: Promise<Cipher> | undefined;
  /** The vendors of the configuration, with their issuers. */
  readonly vendors: ReadonlyMap<string, { readonly issuer: string; readonly server: VendorServer }>;
}

type Row = {
  readonly sealed: string;
  readonly scope: string;
  readonly version: string;
  readonly refused_since: number;
  readonly refusals: number;
};

/** The key of a person's account. */
interface Place {
  /** `partyId` of the person. */
  readonly person: string;
  readonly vendor: string;
  /** Context of the row's encryption: moved to another person, vendor or server, it does not decrypt. */
  readonly about: string;
  readonly server: VendorServer;
}

export class Vault extends DurableObject<unknown> implements Grants {
  readonly #edges: VaultEdges;
  readonly #using = new Map<string, Promise<Usable | undefined>>();
  /** The end of the last turn of each account in use. */
  readonly #turns = new Map<string, Promise<void>>();

  constructor(ctx: DurableObjectState, env: unknown, edges: VaultEdges) {
    super(ctx, env);
    this.#edges = edges;
    ctx.storage.sql.exec(
      "CREATE TABLE IF NOT EXISTS accounts (person TEXT NOT NULL, vendor TEXT NOT NULL, sealed TEXT NOT NULL, scope TEXT NOT NULL, version TEXT NOT NULL, since INTEGER NOT NULL, renewed INTEGER NOT NULL, refused_since INTEGER NOT NULL, refusals INTEGER NOT NULL, PRIMARY KEY (person, vendor))",
    );
  }

  async has(subject: Party, vendor: string): Promise<boolean> {
    return this.#row(this.#placeOf(subject, vendor)) !== undefined;
  }

  /** Calls for the same account wait for each other: one call at a time reads, renews and writes a row. */
  use(subject: Party, vendor: string): Promise<Usable | undefined> {
    const place = this.#placeOf(subject, vendor);
    const begun = this.#using.get(place.about);
    if (begun !== undefined) return begun;
    const using = this.#inTurn(place, () => this.#use(place)).finally(() => this.#using.delete(place.about));
    this.#using.set(place.about, using);
    return using;
  }

  async refuse(subject: Party, vendor: string, version: string): Promise<void> {
    const place = this.#placeOf(subject, vendor);
    return this.#inTurn(place, () => this.#refuse(place, version));
  }

  async #refuse(place: Place, version: string): Promise<void> {
    const row = this.#row(place);
    if (row === undefined || row.version !== version) return;
    const refusals = countRefusal({ since: row.refused_since, count: row.refusals }, this.#edges.now());
    if (refusals === undefined) return;
    this.ctx.storage.sql.exec(
      "UPDATE accounts SET refused_since = ?, refusals = ? WHERE person = ? AND vendor = ? AND version = ?",
      ...[refusals.since, refusals.count, place.person, place.vendor, version],
    );
    const opened = await this.#open(place, row);
    const renews = opened?.tokens.refresh !== undefined;
    logEvent("account_refused", { about: { vendor: place.vendor, renews } });
    // Only the vendor's token endpoint ends an account, so a caller who can make the API refuse a token cannot end one.
    if (!renews) return;
    await this.#replace(place, version, { ...opened.tokens, until: 0 });
  }

  async keep(subject: Party, vendor: string, tokens: Tokens, scope: readonly string[]): Promise<void> {
    const place = this.#placeOf(subject, vendor);
    const before = this.#row(place);
    const given = before && (await this.#open(place, before));
    const sealed = await (await this.#cipher()).seal(JSON.stringify(tokens), place.about);
    const now = this.#seconds();
    this.ctx.storage.sql.exec(
      "INSERT OR REPLACE INTO accounts VALUES (?, ?, ?, ?, ?, ?, ?, 0, 0)",
      ...[place.person, vendor, sealed, scope.join(" "), crypto.randomUUID(), now, now],
    );
    if (given !== undefined) await this.#giveBack(place, given.tokens);
  }

  list(subject: Party): Promise<Connection[]> {
    const rows = this.ctx.storage.sql
      .exec<{ vendor: string; scope: string; since: number; renewed: number }>(
        "SELECT vendor, scope, since, renewed FROM accounts WHERE person = ? ORDER BY vendor",
        partyId(subject),
      )
      .toArray();
    return Promise.resolve(rows.map(({ scope, ...row }) => ({ ...row, scope: scope.split(" ").filter(Boolean) })));
  }

  async end(subject: Party, vendor: string): Promise<boolean> {
    const place = this.#placeOf(subject, vendor);
    const row = this.#row(place);
    if (row === undefined) return false;
    // The row is deleted first, whatever the vendor then answers.
    this.#remove(place, row.version);
    const opened = await this.#open(place, row);
    if (opened !== undefined) await this.#giveBack(place, opened.tokens);
    return true;
  }

  /**
   * One call at a time for an account. A renewal writes its tokens only into the version that it began with; a refusal
   * that changed the version in between would lose the new refresh token, after the vendor has ended the old one.
   */
  #inTurn<T>({ about }: Place, work: () => Promise<T>): Promise<T> {
    const turn = (this.#turns.get(about) ?? Promise.resolve()).then(work);
    const end = turn
      .catch(() => undefined)
      .then(() => {
        if (this.#turns.get(about) === end) this.#turns.delete(about);
      });
    this.#turns.set(about, end);
    return turn;
  }

  async #use(place: Place): Promise<Usable | undefined> {
    const row = this.#row(place);
    const opened = row && (await this.#open(place, row));
    if (row === undefined || opened === undefined) return undefined;
    const { tokens, isCurrent } = opened;
    if (tokens.until !== undefined && tokens.until <= this.#edges.now()) return this.#renew(place, row, tokens);
    if (isCurrent) return { token: tokens.access, version: row.version };
    // The key has been rotated; a row that is used is encrypted with the new one.
    return this.#replace(place, row.version, tokens);
  }

  async #renew(place: Place, { version }: Row, { refresh }: Tokens): Promise<Usable | undefined> {
    if (refresh === undefined) {
      this.#remove(place, version);
      return undefined;
    }
    try {
      const renewed = await place.server.renew(refresh, this.#edges);
      const usable = await this.#replace(place, version, renewed);
      // The person has ended it, or connected another account, during the call to the vendor.
      if (usable === undefined) await this.#giveBack(place, renewed);
      return usable;
    } catch (cause) {
      if (!(cause instanceof VendorRefused)) throw cause;
      logFailure("account_ended", { about: { vendor: place.vendor } }, cause);
      this.#remove(place, version);
      return undefined;
    }
  }

  /** Undefined if the row has changed. */
  async #replace(place: Place, version: string, tokens: Tokens): Promise<Usable | undefined> {
    const sealed = await (await this.#cipher()).seal(JSON.stringify(tokens), place.about);
    const next = crypto.randomUUID();
    const { rowsWritten } = this.ctx.storage.sql.exec(
      "UPDATE accounts SET sealed = ?, version = ?, renewed = ? WHERE person = ? AND vendor = ? AND version = ?",
      ...[sealed, next, this.#seconds(), place.person, place.vendor, version],
    );
    return rowsWritten === 0 ? undefined : { token: tokens.access, version: next };
  }

  #remove({ person, vendor }: Place, version: string): void {
    this.ctx.storage.sql.exec(
      "DELETE FROM accounts WHERE person = ? AND vendor = ? AND version = ?",
      ...[person, vendor, version],
    );
  }

  #row({ person, vendor }: Place): Row | undefined {
    return this.ctx.storage.sql
      .exec<Row>(
        "SELECT sealed, scope, version, refused_since, refusals FROM accounts WHERE person = ? AND vendor = ?",
        person,
        vendor,
      )
      .toArray()[0];
  }

  async #open(place: Place, { sealed }: Row): Promise<{ tokens: Tokens; isCurrent: boolean } | undefined> {
    const opened = await (await this.#cipher()).open(sealed, place.about);
    return opened && { tokens: v.parse(TokensSchema, JSON.parse(opened.text)), isCurrent: opened.isCurrent };
  }

  /**
   * Revoking a refresh token also revokes tokens issued with it (RFC 7009, section 2.1). If the vendor cannot be
   * reached, they stay.
   */
  async #giveBack({ server }: Place, { access, refresh }: Tokens): Promise<void> {
    await server
      .giveBack(refresh ?? access, this.#edges)
      .catch((cause: unknown) => logFailure("account_not_given_back", {}, cause));
  }

  #placeOf(subject: Party, vendor: string): Place {
    const known = this.#edges.vendors.get(vendor);
    if (known === undefined) throw new Error("the vendor is not in the configuration");
    const about = JSON.stringify([vendor, known.issuer, subject.iss, subject.sub]);
    return { person: partyId(subject), vendor, about, server: known.server };
  }

  async #cipher(): Promise<Cipher> {
    const cipher = await this.#edges.cipher;
    if (cipher === undefined) throw new Error("the secret VAULT_KEYS is not set");
    return cipher;
  }

  #seconds(): number {
    return Math.floor(this.#edges.now() / 1000);
  }
}

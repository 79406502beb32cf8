/** Each file begins with empty Durable Objects, KV and buckets: all files share one workerd, which starts once. */
import { reset } from "cloudflare:test";
import { beforeAll } from "vitest";

beforeAll(reset);

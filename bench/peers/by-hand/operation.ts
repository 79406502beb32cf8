/** The only operation that this API has. */
export const OPERATION = { audience: "https://orders.acme.example", scope: "orders:read", ttl: 60 } as const;

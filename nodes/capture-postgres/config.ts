import { z } from 'zod';

/** Stored configuration of a capture-postgres node; the address is a credential, because a password stands in it. */
export const postgresConfig = z.object({ name: z.string().default('') });

export type PostgresConfig = z.infer<typeof postgresConfig>;

export const postgresUrl = z
  .string()
  .trim()
  .max(2048)
  .refine(
    (text) => /^postgres(ql)?:\/\//i.test(text) && URL.canParse(text),
    'must be an address such as postgresql://user:password@host:5432/database',
  );

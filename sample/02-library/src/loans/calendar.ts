const DAY = 86_400_000;
const LOAN_DAYS = 28;
const CENTS_PER_DAY = 20;

/** `2026-11-25`, in UTC. */
export function today(): string {
  return dateOf(Date.now());
}

export function dueOn(): string {
  return dateOf(Date.now() + LOAN_DAYS * DAY);
}

/** What a late return costs, as the decimal column keeps it. */
export function feeOf(due: string, returned: string): string {
  const days = Math.max(0, (Date.parse(returned) - Date.parse(due)) / DAY);
  return ((days * CENTS_PER_DAY) / 100).toFixed(2);
}

function dateOf(moment: number): string {
  return new Date(moment).toISOString().slice(0, 10);
}

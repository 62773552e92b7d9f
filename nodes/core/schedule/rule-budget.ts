import { ReelflowError } from '../errors.ts';

/** How many steps of all rules of one calendar together may be tried: a hostile rule must not stop the process. */
export interface RuleBudget {
  stepsLeft: number;
}

/** Some 0.5 s in all; one rule may use up a tenth of it. */
export function newRuleBudget(): RuleBudget {
  return { stepsLeft: 1_000_000 };
}

const maxStepsOfOneRule = 100_000;

/** Takes steps off both accounts. */
export type Spend = (steps: number) => void;

export function spender(budget: RuleBudget): Spend {
  let used = 0;
  return (steps) => {
    used += steps;
    budget.stepsLeft -= steps;
    if (budget.stepsLeft < 0 || used > maxStepsOfOneRule) {
      throw new ReelflowError('RULE_TOO_EXPENSIVE', 'working out this recurrence rule takes too many steps');
    }
  };
}

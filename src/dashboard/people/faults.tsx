import { createContext, type ComponentChildren } from 'preact';
import { useContext } from 'preact/hooks';
import type { Problem } from '../ask.js';
import { atField } from '../components/drafts.js';

/** The API's fault with the question. It is shown at the field that it is about. */
export const Faults = createContext<Problem | undefined>(undefined);

/** The fault, if it is about this member of the question or a part of it. @param member its path */
export function useFault(member: string): Problem | undefined {
  const problem = useContext(Faults);
  if (!problem?.member) return undefined;
  return problem.member === member || problem.member.startsWith(`${member}.`) || problem.member.startsWith(`${member}[`)
    ? problem
    : undefined;
}

/** The message, below the field. @param alone only if the fault is about this member itself, and not about a part of it */
export function FieldFault({ at, alone = false }: { at: string; alone?: boolean }): ComponentChildren {
  const problem = useFault(at);
  const isHere = !alone || /^(\.(not|any|all))*$/.test(problem?.member.slice(at.length) ?? '');
  return (
    problem &&
    isHere && (
      <p class="field-fault" role="alert">
        {atField(problem)}
      </p>
    )
  );
}

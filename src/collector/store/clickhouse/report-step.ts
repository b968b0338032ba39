/** Marks the statements that fill reports among all queries of a server. A removal waits for those that run. */
const NAME = 'kmq fills reports';

/** A statement that fills reports, so that `RUNNING_STEPS` finds it. */
export const filling = (statement: string): string => statement.replace('INSERT', `INSERT /* ${NAME} */`);

/** The ids of these statements that run on a node. This query does not find itself. */
export const RUNNING_STEPS = `
  SELECT query_id AS id FROM system.processes WHERE position(query, concat('${NAME.slice(0, 4)}', '${NAME.slice(4)}')) > 0`;

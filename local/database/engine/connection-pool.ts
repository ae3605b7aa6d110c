import { Connection } from "./connection.ts";

const MAX_IDLE_CONNECTIONS = 16;

/** Hands out connections to one database file and keeps the idle ones, warm with statements. */
export class ConnectionPool {
  readonly #file: string;
  readonly #idle: Connection[] = [];

  /**
   * Opens the file and turns on WAL.
   * @throws Error naming the file when it cannot be opened or is no database.
   */
  constructor(file: string) {
    this.#file = file;
    try {
      const connection = new Connection(file);
      connection.run("PRAGMA journal_mode = WAL");
      this.#idle.push(connection);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      throw new Error(`cannot open the database file ${file}: ${reason}`);
    }
  }

  /** Takes an idle connection or opens another. */
  acquire(): Connection {
    return this.#idle.pop() ?? new Connection(this.#file);
  }

  /** Takes a connection back, undoing its open transaction. One that bears traces is closed. */
  release(connection: Connection): void {
    connection.rollback();
    if (connection.isAltered || this.#idle.length >= MAX_IDLE_CONNECTIONS) connection.close();
    else this.#idle.push(connection);
  }

  /** Moves the WAL into the database file and closes the idle connections. */
  close(): void {
    const last = this.acquire();
    last.run("PRAGMA wal_checkpoint(TRUNCATE)");
    for (const connection of [last, ...this.#idle.splice(0)]) connection.close();
  }
}

// Commands: one, many, all or none of them.

import { Base } from "./base.js";
import type { Command } from "./commands.js";
import { problemOf } from "./errors.js";
import type { Accepted, CommandAnswer } from "./forms.js";
import { inParts, type Sending, type Submitted, submission } from "./sending.js";

/** How a batch is taken. */
export interface BatchOptions {
  /** All of them as one commit, or none. */
  atomic?: boolean;
  /** Only says what would come of it. */
  dry_run?: boolean;
}

export abstract class Submitting extends Base {
  /** Sends a command under an id: it is accepted, or `Refused` is thrown. */
  override async do(command: Command, sent: Sending = {}): Promise<Accepted> {
    const { dry_run, ...beside } = sent;
    const body = submission({ ...beside, command });
    if (dry_run) {
      const answered = await this.post<{ answers: [CommandAnswer] }>("commands", {
        body: { commands: [body], dry_run },
      });
      const [told] = answered.answers;
      if (told.status === "accepted") return told as Accepted;
      throw problemOf(422, { ...told });
    }
    const accepted = await this.post<Accepted>("commands", { body });
    this.saw(accepted.position);
    return accepted;
  }

  /** Up to 10,000 commands in order, each with its answer, a refusal among them. */
  async submit(batch: Iterable<Command | Submitted>, options: BatchOptions = {}): Promise<CommandAnswer[]> {
    const commands = Array.from(batch, (one) => submission("command" in one ? one : { command: one }));
    const { answers } = await this.post<{ answers: CommandAnswer[] }>("commands", { body: { ...options, commands } });
    if (!options.dry_run)
      for (const one of answers) if (one.status === "accepted") this.saw((one as Accepted).position);
    return answers;
  }

  /** Any number of commands, so many at a time: the answers in order. Each part is stored before the next is taken. */
  async *submitAll(
    batch: Iterable<Command | Submitted> | AsyncIterable<Command | Submitted>,
    { size = 1000 }: { size?: number } = {},
  ): AsyncGenerator<CommandAnswer, void, undefined> {
    for await (const part of inParts(batch, size)) yield* await this.submit(part);
  }
}

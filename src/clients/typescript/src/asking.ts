// Decisions, and what stands beside them: `check`, `checks`, `rights`, `explain`, `names`.

import type { AsOf, When } from "./base.js";
import type {
  Action,
  CheckAnswer,
  Decision,
  ExplainAnswer,
  Labelled,
  MatrixAnswer,
  NamesAnswer,
  PolicyAnswer,
  RightsAnswer,
  VocabularyAnswer,
} from "./forms.js";
import { inParts } from "./sending.js";
import { Submitting } from "./submitting.js";

/** Who, what, to what. */
export interface Asks {
  /** `user:ana`, or a link. */
  subject: string;
  action: Action;
  /** `case:4711`, `definition:fraud`, `organization`. */
  resource: string;
}

/** One of many. */
export interface OneQuestion extends Asks, Omit<When, "at_least"> {}

export abstract class Asking extends Submitting {
  /** Whether somebody may do something, with the reasons. */
  async check(asked: Asks & When): Promise<Decision> {
    const { at_least, ...body } = asked;
    const decision = await this.post<Decision>("check", { query: { at_least: this.atLeast(at_least) }, body });
    this.saw(decision.position);
    return decision;
  }

  /** The same, now, and only yes or no. */
  async allows(asked: Asks): Promise<boolean> {
    return (await this.check(asked)).decision;
  }

  /** Up to 10,000 questions, all at one position. What cannot be asked is a refusal in its place. */
  async checks(asked: { questions: Iterable<OneQuestion> } & When): Promise<CheckAnswer[]> {
    const { questions, at_least, ...when } = asked;
    const query = { ...when, at_least: this.atLeast(at_least) };
    const body = { questions: [...questions] };
    const answered = await this.post<{ answers: CheckAnswer[]; position: number }>("checks", { query, body });
    this.saw(answered.position);
    return answered.answers;
  }

  /** Any number of questions, so many at a time: the answers in order, each part at its own position. */
  async *checkAll(
    questions: Iterable<OneQuestion> | AsyncIterable<OneQuestion>,
    { size = 1000 }: { size?: number } = {},
  ): AsyncGenerator<CheckAnswer, void, undefined> {
    for await (const part of inParts(questions, size)) yield* await this.checks({ questions: part });
  }

  /** All that a subject may do to a resource. */
  rights(asked: Omit<Asks, "action"> & When): Promise<RightsAnswer> {
    return this.get("rights", { ...asked, at_least: this.atLeast(asked.at_least) });
  }

  /** A decision with every event that it cites. */
  explain(asked: Asks & When): Promise<ExplainAnswer> {
    return this.get("explain", { ...asked, at_least: this.atLeast(asked.at_least) });
  }

  /** What people call things, as it stood then. */
  names(asked: { of: Labelled[] } & When): Promise<NamesAnswer> {
    const { of, at_least, ...when } = asked;
    return this.post("names", {
      query: { ...when, at_least: this.atLeast(at_least) },
      body: { of },
      headers: this.why(),
    });
  }

  /** What a profile may, form by form, or what profiles may on a form: `profile:clerk`, `definition:fraud`. */
  matrix(asked: { of: string } & When): Promise<MatrixAnswer> {
    return this.get("matrix", { ...asked, at_least: this.atLeast(asked.at_least) });
  }

  /** Every key of the policy, with the event that last set it. */
  policy(asked: Omit<When, "at"> = {}): Promise<PolicyAnswer> {
    return this.get("policy", { ...asked, at_least: this.atLeast(asked.at_least) });
  }

  /** What the words of callers stand for, and since which event. */
  vocabulary(asked: Omit<When, "at"> = {}): Promise<VocabularyAnswer> {
    return this.get("vocabulary", { ...asked, at_least: this.atLeast(asked.at_least) });
  }

  /** Who held what on a resource, or what a user held, with every change and its cause: one document, HTML. */
  report(asked: {
    of: string;
    from?: AsOf;
    to?: AsOf;
    as_of?: AsOf;
    at_least?: number;
    limit?: number;
  }): Promise<string> {
    const query = { ...asked, at_least: this.atLeast(asked.at_least) };
    return this.parts.door.text("GET", this.path("report"), { query, headers: this.why() });
  }
}

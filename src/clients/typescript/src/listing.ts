// Lists: who, what, when, what changed, what happened.

import { Asking, type Asks } from "./asking.js";
import type { AsOf, When } from "./base.js";
import type { Query } from "./door.js";
import type {
  AccessAnswer,
  Action,
  Asker,
  Change,
  DiffAnswer,
  HistoryAnswer,
  HistoryEntry,
  HolderBetween,
  Interval,
  Next,
  Resource,
  StrandedAnswer,
  StrandedCase,
  TimelineAnswer,
  TimelineRow,
  WhatAnswer,
  WhoAnswer,
  WhoBetweenAnswer,
} from "./forms.js";
import { Pages } from "./pages.js";

/** How many items a page has, at most 1,000. */
export interface Paged {
  limit?: number;
}

/** Between two moments: positions or instants. */
export interface Between {
  from?: AsOf;
  to?: AsOf;
  as_of?: AsOf;
  at_least?: number;
}

/** A change, and the list that it stands in. */
export interface ChangeOfKind {
  kind: "gained" | "lost" | "changed";
  change: Change;
}

export abstract class Listing extends Asking {
  #pages<Page extends { next?: Next | null }, Item>(
    path: string,
    asked: object & { at_least?: number },
    items: (page: Page) => Iterable<Item>,
  ): Pages<Page, Item> {
    const query: Query = { ...asked, at_least: this.atLeast(asked.at_least) };
    return new Pages(
      (after) => this.get<Page>(path, { ...query, after }),
      items,
      (page) => page.next,
    );
  }

  /** Users who may do something to a resource, and behind them links to it. */
  who(asked: Omit<Asks, "subject"> & When & Paged): Pages<WhoAnswer, Asker> {
    return this.#pages("who", asked, (page: WhoAnswer) => [...page.subjects, ...page.links]);
  }

  /** Everybody who could at any time between, and when. One of `from` and `to` must be given. */
  whoBetween(asked: Omit<Asks, "subject"> & Between & Paged): Pages<WhoBetweenAnswer, HolderBetween> {
    return this.#pages("who", asked, (page: WhoBetweenAnswer) => page.subjects);
  }

  /** Resources to which a subject may do something; with `definition`, its cases alone. */
  what(asked: { subject: string; action: Action; definition?: string } & When & Paged): Pages<WhatAnswer, Resource> {
    return this.#pages("what", asked, (page: WhatAnswer) => page.resources);
  }

  /** When a subject could do something: half-open intervals, with what opened and closed each. */
  access(asked: Asks & Between & Paged): Pages<AccessAnswer, Interval> {
    return this.#pages("access", asked, (page: AccessAnswer) => page.intervals);
  }

  /** Who held what on a resource, and when. */
  timeline(asked: { resource: string } & Between & Paged): Pages<TimelineAnswer, TimelineRow> {
    return this.#pages("timeline", asked, (page: TimelineAnswer) => page.subjects);
  }

  /** What changed between two moments for a resource, a user or the `organization`. */
  diff(asked: { of: string; from: AsOf; to?: AsOf; at_least?: number } & Paged): Pages<DiffAnswer, ChangeOfKind> {
    return this.#pages("diff", asked, (page: DiffAnswer) =>
      (["gained", "lost", "changed"] as const).flatMap((kind) => page[kind].map((change) => ({ kind, change }))),
    );
  }

  /** The events that name something; `query` is a query of `caseward help queries`. */
  history(
    asked: { of: string; query?: string; as_of?: AsOf; at_least?: number } & Paged,
  ): Pages<HistoryAnswer, HistoryEntry> {
    return this.#pages("history", asked, (page: HistoryAnswer) => page.events);
  }

  /** Open cases with people who have a part in them and may not read them. */
  stranded(asked: { definition?: string } & When & Paged = {}): Pages<StrandedAnswer, StrandedCase> {
    return this.#pages("stranded", asked, (page: StrandedAnswer) => page.cases);
  }
}

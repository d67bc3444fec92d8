// Lists that come in pages.

/**
 * Goes over the items of all pages; the next one is asked for when it is needed. All show one position.
 *
 * `first()` is the first page as the service answered it: it says at which position, and has what concerns the whole list.
 */
export class Pages<Page, Item> implements AsyncIterable<Item> {
  readonly #ask: (after: string | undefined) => Promise<Page>;
  readonly #items: (page: Page) => Iterable<Item>;
  readonly #next: (page: Page) => string | number | null | undefined;

  constructor(
    ask: (after: string | undefined) => Promise<Page>,
    items: (page: Page) => Iterable<Item>,
    next: (page: Page) => string | number | null | undefined,
  ) {
    this.#ask = ask;
    this.#items = items;
    this.#next = next;
  }

  /** The first page alone. */
  first(): Promise<Page> {
    return this.#ask(undefined);
  }

  /** Page by page. */
  async *pages(): AsyncGenerator<Page, void, undefined> {
    let after: string | undefined;
    do {
      const page = await this.#ask(after);
      yield page;
      const next = this.#next(page);
      after = next === null || next === undefined ? undefined : String(next);
    } while (after !== undefined);
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Item, void, undefined> {
    for await (const page of this.pages()) yield* this.#items(page);
  }

  /** All items at once. */
  async all(): Promise<Item[]> {
    const found: Item[] = [];
    for await (const item of this) found.push(item);
    return found;
  }
}

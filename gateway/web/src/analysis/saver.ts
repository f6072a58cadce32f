/** Saves the newest state of something, a moment after it changed, one save at a time. */

export type SavingState = "saved" | "saving" | "failed";

const PAUSE_MS = 500;

export class Saver<Value> {
  private pending: { value: Value } | null = null;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private isBusy = false;
  private isClosed = false;

  /** `save` gets the state and the tag of what was saved before, and gives the tag of what it saved. */
  constructor(
    private readonly save: (value: Value, etag: string | null) => Promise<string | null>,
    private etag: string | null,
    private readonly tell: (state: SavingState) => void,
    private readonly fail: (error: unknown) => void,
    private readonly pauseMs = PAUSE_MS,
  ) {}

  change(value: Value): void {
    this.pending = { value };
    this.say("saving");
    clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.work(), this.pauseMs);
  }

  /** Try the state that could not be saved again. */
  retry(): void {
    if (this.pending) this.change(this.pending.value);
  }

  /** Save at once what is still to be saved, and tell nobody any more. */
  close(): void {
    this.isClosed = true;
    clearTimeout(this.timer);
    void this.work();
  }

  private async work(): Promise<void> {
    if (this.isBusy || !this.pending) return;
    this.isBusy = true;
    const { value } = this.pending;
    try {
      this.etag = await this.save(value, this.etag);
      if (this.pending.value === value) this.pending = null;
      this.isBusy = false;
      if (this.pending) await this.work();
      else this.say("saved");
    } catch (error) {
      this.isBusy = false;
      this.say("failed");
      if (!this.isClosed) this.fail(error);
    }
  }

  private say(state: SavingState): void {
    if (!this.isClosed) this.tell(state);
  }
}

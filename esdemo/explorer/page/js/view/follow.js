// Following: what a store records is shown as it comes, until one pauses.

const LOOK_EVERY = 1000; // milliseconds

export class Follower {
  following = false;

  constructor(explorer) {
    this.explorer = explorer;
  }

  toggle() {
    this.following = !this.following;
    this.explorer.say(this.following ? "following the store" : "paused: the store is not followed");
    this.explorer.paint();
    clearTimeout(this.timer);
    if (this.following) this.#look();
  }

  stop() {
    this.following = false;
    clearTimeout(this.timer);
  }

  async #look() {
    const { explorer } = this;
    try {
      const more = await explorer.options.ask({ ask: "grown", rows: explorer.log.rows }).answer;
      if (this.following && more.events !== undefined) explorer.grow(more);
    } catch (error) {
      this.stop();
      explorer.say(error.message);
      explorer.paint();
    }
    if (this.following) this.timer = setTimeout(() => this.#look(), LOOK_EVERY);
  }
}

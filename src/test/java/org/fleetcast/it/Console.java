package org.fleetcast.it;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.assertions.PlaywrightAssertions;
import com.microsoft.playwright.options.AriaRole;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.fleetcast.stack.Browser;
import org.fleetcast.stack.SharedStack;

/** The console in a window of its own: what an operator does there, and what is seen. */
final class Console implements AutoCloseable {
  private static final double PATIENCE_MILLIS = 60_000;

  /** A browser that shows nothing draws no frame now and then: nothing waits for that for ever. */
  private static final String NEXT_FRAME =
      "() => new Promise(done => { requestAnimationFrame(() => requestAnimationFrame(done));"
          + " setTimeout(done, 200); })";

  /** Waits until the rows are drawn that a log is scrolled to, which may take more than a frame. */
  private static final String DRAWN =
      "async scroller => { const nextFrame = "
          + NEXT_FRAME
          + "; const isDrawn = () => { const box = scroller.getBoundingClientRect();"
          + "   const space = scroller.querySelector('.space').getBoundingClientRect();"
          + "   const rows = [...scroller.querySelectorAll('.rows .row')]"
          + "     .map(row => row.getBoundingClientRect());"
          + "   return rows.some(row => row.top <= Math.max(box.top, space.top) + 2)"
          + "     && rows.some(row => row.bottom >= Math.min(box.bottom, space.bottom) - 2) };"
          + " for (let i = 0; i < 300; i++) { await nextFrame(); if (isDrawn()) return }"
          + " throw new Error('no rows are drawn there') }";

  /** Whether a log has been scrolled from there and is at rest since a moment and some frames. */
  private static final String AT_REST =
      "async from => { const nextFrame = "
          + NEXT_FRAME
          + "; const scroller = document.querySelector('.scroller');"
          + " const top = scroller.scrollTop; await nextFrame();"
          + " await new Promise(done => setTimeout(done, 200)); await nextFrame();"
          + " return top !== from && scroller.scrollTop === top }";

  private final Page page;
  private final List<String> scriptErrors = new ArrayList<>();

  private Console(Page page) {
    this.page = page;
    page.setDefaultTimeout(PATIENCE_MILLIS);
    page.onPageError(scriptErrors::add);
  }

  /** A browser whose assertions are patient enough for a busy machine. */
  static Browser browser() {
    PlaywrightAssertions.setDefaultAssertionTimeout(PATIENCE_MILLIS);
    return Browser.started();
  }

  /** A window onto the shared server, with nothing loaded yet and nobody signed in. */
  static Console in(Browser browser) {
    return in(browser, SharedStack.get().fleetcast().uri());
  }

  static Console in(Browser browser, URI base) {
    return new Console(browser.window(base));
  }

  /** Another tab beside this one, signed in as it is. */
  Console tab() {
    return new Console(page.context().newPage());
  }

  Page page() {
    return page;
  }

  /** Signs in as somebody who may write, by the link of the start page. */
  Console signIn() {
    page.navigate("/");
    signInLink().click();
    assertThat(connection()).hasText("Live");
    return this;
  }

  /** Goes to a page of the console: what stands behind {@code #} in its address. */
  Console go(String hash) {
    page.navigate("/#" + hash);
    return this;
  }

  /** Opens the log of a device that has none yet; what is published from here on comes live. */
  Console open(Sensor device) {
    choose(device);
    assertThat(emptyWords()).containsText("No lines yet");
    return this;
  }

  Console openWithLines(Sensor device) {
    choose(device);
    assertThat(rows()).not().hasCount(0);
    return this;
  }

  /** Finds the device in the fleet and follows its link. */
  Console choose(Sensor device) {
    if (!page.url().endsWith("/") || page.url().contains("#")) {
      page.navigate("/");
    }
    assertThat(connection()).hasText("Live");
    page.getByLabel("Search the fleet").fill(device.entityId());
    page.getByRole(AriaRole.LINK, new Page.GetByRoleOptions().setName(device.name())).click();
    assertThat(page).hasURL(Pattern.compile(".*/#/devices/" + device.id() + "$"));
    return this;
  }

  Locator signInLink() {
    return page.getByRole(AriaRole.LINK, new Page.GetByRoleOptions().setName("Sign in"));
  }

  Locator connection() {
    return page.locator("#connection");
  }

  /** The rows in sight and a few beyond; a gap is a row too. */
  Locator rows() {
    return page.locator(".rows .row");
  }

  /** The row that has this text, if it is in sight or near. */
  Locator row(String text) {
    return page.locator(".rows .row", new Page.LocatorOptions().setHasText(text));
  }

  /** The row that a link led to. */
  Locator linked() {
    return page.locator(".row.linked");
  }

  Locator texts() {
    return rows().locator(".text");
  }

  /** What an empty log says instead of lines. */
  Locator emptyWords() {
    return page.locator(".log-empty");
  }

  Locator scroller() {
    return page.locator(".scroller");
  }

  /** The button that leads to the newest line. */
  Locator newest() {
    return page.locator(".newest");
  }

  void scrollTo(int top) {
    scroller()
        .evaluate(
            "async (scroller, top) => { const drawn = "
                + DRAWN
                + "; scroller.scrollTop = top; await drawn(scroller) }",
            top);
  }

  /** Turns the wheel over the log; the browser scrolls a while later, in steps. */
  void wheel(int down) {
    scroller().hover();
    Object from = scroller().evaluate("scroller => scroller.scrollTop");
    page.mouse().wheel(0, down);
    page.waitForFunction(AT_REST, from);
  }

  /** The first row that the reader sees, and how far it is from the upper edge. */
  String firstInSight() {
    return scroller()
        .evaluate(
            "scroller => { const top = scroller.getBoundingClientRect().top;"
                + " const row = [...scroller.querySelectorAll('.row')]"
                + "   .find(row => row.getBoundingClientRect().bottom > top + 1);"
                + " if (!row) return 'nothing';"
                + " const text = row.querySelector('.text').textContent;"
                + " return text + ' at ' + Math.round(row.getBoundingClientRect().top - top) }")
        .toString();
  }

  /** The texts of all rows, read by scrolling from the oldest to the newest. */
  List<?> allRows() {
    return (List<?>)
        scroller()
            .evaluate(
                "async scroller => { const drawn = "
                    + DRAWN
                    + "; const texts = new Map();"
                    + " for (let top = 0; ; top += 0.9 * scroller.clientHeight) {"
                    + "   scroller.scrollTop = top; await drawn(scroller);"
                    + "   for (const row of scroller.querySelectorAll('.row:not(.gap)'))"
                    + "     texts.set(row.querySelector('time').dateTime, row.querySelector('.text').textContent);"
                    + "   if (top > scroller.scrollHeight) break; }"
                    + " return [...texts.keys()].sort().map(time => texts.get(time)) }");
  }

  /** Closes the window with all its tabs; no script may have failed in it. */
  @Override
  public void close() {
    page.context().close();
    assertThat(scriptErrors).isEmpty();
  }
}

package org.fleetcast.stack;

import com.microsoft.playwright.BrowserContext;
import com.microsoft.playwright.BrowserType;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.Playwright;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * A real Chromium without a window: the machine's own when it has one, else the one that Playwright
 * brings.
 */
public final class Browser implements Part {
  private static final Path INSTALLED = Path.of("/usr/bin/chromium");
  private static final double PATIENCE_MILLIS = 90_000;

  private final Playwright playwright;
  private final com.microsoft.playwright.Browser chromium;

  private Browser(Playwright playwright, com.microsoft.playwright.Browser chromium) {
    this.playwright = playwright;
    this.chromium = chromium;
  }

  /** Starts the browser. */
  public static Browser started() {
    boolean installed = Files.isExecutable(INSTALLED);
    Playwright.CreateOptions create = new Playwright.CreateOptions();
    BrowserType.LaunchOptions launch =
        new BrowserType.LaunchOptions()
            .setTimeout(PATIENCE_MILLIS)
            .setArgs(
                List.of(
                    "--no-sandbox",
                    "--disable-gpu",
                    "--disable-background-networking",
                    "--disable-component-update"));
    if (installed) {
      create.setEnv(Map.of("PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1"));
      launch.setExecutablePath(INSTALLED);
    }
    Playwright playwright = Playwright.create(create);
    Browser browser = new Browser(playwright, playwright.chromium().launch(launch));
    AtExit.closes(browser);
    return browser;
  }

  /**
   * A window of its own, with no cookie yet; paths are resolved against {@code base}. It takes the
   * certificates of tests, whose authorities it cannot know.
   */
  public Page window(URI base) {
    BrowserContext context =
        chromium.newContext(
            new com.microsoft.playwright.Browser.NewContextOptions()
                .setBaseURL(base.toString())
                .setIgnoreHTTPSErrors(true));
    context.setDefaultTimeout(PATIENCE_MILLIS);
    return context.newPage();
  }

  @Override
  public void close() {
    AtExit.forgets(this);
    if (chromium.isConnected()) {
      chromium.close();
    }
    playwright.close();
  }
}

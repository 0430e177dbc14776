package org.fleetcast.identity;

import jakarta.servlet.http.HttpServletRequest;
import java.util.Base64;
import org.jspecify.annotations.Nullable;

/** What a person sees in the place of an answer for programs: one sentence and one button. */
final class SignInPage {
  private static final String STYLE =
      "body{font:16px/1.5 system-ui,sans-serif;margin:15vh auto;max-width:28rem;padding:0 1rem;"
          + "text-align:center;color-scheme:light dark}"
          + "a{display:inline-block;padding:.6rem 1.4rem;border-radius:.4rem;"
          + "background:#0b57d0;color:#fff;text-decoration:none}small{opacity:.8}";

  /** Nothing is loaded, nothing runs, and no other page may show this one. */
  static final String POLICY =
      "default-src 'none'; base-uri 'none'; object-src 'none'; form-action 'none'; frame-ancestors 'none';"
          + " style-src 'sha256-"
          + Base64.getEncoder().encodeToString(Sha256.of(STYLE))
          + "'";

  private SignInPage() {}

  /** Whether it is a person who asks, by a browser. */
  static boolean isWanted(HttpServletRequest request) {
    String accept = request.getHeader("Accept");
    return accept != null && accept.contains("text/html");
  }

  /**
   * The page.
   *
   * @param href where the button leads
   * @param id by which the log can be searched, or null
   */
  static String of(String sentence, String button, String href, @Nullable String id) {
    return "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\">"
        + "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">"
        + "<title>Fleetcast</title><style>"
        + STYLE
        + "</style></head><body><main><h1>Fleetcast</h1><p role=\"alert\">"
        + escaped(sentence)
        + "</p><p><a href=\""
        + escaped(href)
        + "\">"
        + escaped(button)
        + "</a></p>"
        + (id == null ? "" : "<small>Request " + escaped(id) + "</small>")
        + "</main></body></html>";
  }

  private static String escaped(String text) {
    return text.replace("&", "&amp;")
        .replace("<", "&lt;")
        .replace(">", "&gt;")
        .replace("\"", "&quot;")
        .replace("'", "&#39;");
  }
}

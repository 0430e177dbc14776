package org.fleetcast.identity;

import jakarta.servlet.http.HttpServletRequest;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
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

  /** Whether it is a person who asks, by a browser: a page is preferred to JSON. */
  static boolean isWanted(HttpServletRequest request) {
    return isPreferred(String.valueOf(request.getHeader("Accept")));
  }

  /**
   * Whether a page is preferred to JSON: it is given a higher quality, or the same by name where
   * JSON is among others.
   */
  static boolean isPreferred(String accept) {
    Wish page = Wish.of(accept, "text/html");
    return page.quality > 0 && page.compareTo(Wish.of(accept, "application/json")) > 0;
  }

  /**
   * How much a media type is wanted.
   *
   * @param exact how exactly it is named: 2 by itself, 1 with all of its kind, 0 with all or not
   */
  private record Wish(double quality, int exact) implements Comparable<Wish> {
    private static final Pattern QUALITY = Pattern.compile(";\\s*q\\s*=\\s*([0-9.]{1,5})");

    static Wish of(String accept, String type) {
      List<String> names = List.of("*/*", type.replaceFirst("/.*", "/*"), type);
      Wish wish = new Wish(0, 0);
      for (String range : accept.toLowerCase(Locale.ROOT).split(",")) {
        int exact = names.indexOf(range.replaceFirst(";.*", "").strip());
        if (exact >= wish.exact) {
          wish = new Wish(quality(range), exact);
        }
      }
      return wish;
    }

    private static double quality(String range) {
      Matcher said = QUALITY.matcher(range);
      try {
        return said.find() ? Double.parseDouble(said.group(1)) : 1;
      } catch (NumberFormatException malformed) {
        return 1;
      }
    }

    @Override
    public int compareTo(Wish other) {
      int byQuality = Double.compare(quality, other.quality);
      return byQuality == 0 ? Integer.compare(exact, other.exact) : byQuality;
    }
  }

  /**
   * The page.
   *
   * @param notice what every page has to say
   * @param href where the button leads
   * @param id by which the log can be searched, or null
   */
  static String of(
      Optional<String> notice, String sentence, String button, String href, @Nullable String id) {
    return "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\">"
        + "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">"
        + "<title>Fleetcast</title><style>"
        + STYLE
        + "</style></head><body>"
        + notice.map(text -> "<p role=\"alert\">" + escaped(text) + "</p>").orElse("")
        + "<main><h1>Fleetcast</h1><p role=\"alert\">"
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

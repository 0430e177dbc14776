package org.fleetcast.page;

import jakarta.inject.Inject;
import jakarta.servlet.DispatcherType;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.annotation.WebFilter;
import jakarta.servlet.http.HttpFilter;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletRequestWrapper;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import org.fleetcast.identity.LocalLoginNotice;
import org.jspecify.annotations.Nullable;

/**
 * Lets a browser keep versioned files for good, and ask for the others by their entity tag. Where
 * every page has to say something, it is put into the page on its way.
 */
@WebFilter(
    urlPatterns = {"/index.html", "/favicon.svg", "/fleetcast-client.js", "/client/*", "/v/*"},
    dispatcherTypes = {DispatcherType.REQUEST, DispatcherType.FORWARD},
    asyncSupported = true)
public class PageFilter extends HttpFilter {
  private static final long serialVersionUID = 1L;
  private static final String CACHE_CONTROL = "Cache-Control";
  private static final String FOR_GOOD = "public, max-age=31536000, immutable";
  private static final int TAG_BYTES = 12;

  /** More than there are files: a path can be spelt in many ways. */
  private static final int MOST_TAGS = 100;

  private static final String PAGE = "/index.html";
  private static final String BODY = "<body>";

  private final transient ConcurrentMap<String, String> tags = new ConcurrentHashMap<>();
  private final transient Optional<String> notice;

  @Inject
  public PageFilter(LocalLoginNotice notice) {
    this(notice.sentence());
  }

  PageFilter(Optional<String> notice) {
    this.notice = notice;
  }

  @Override
  protected void doFilter(
      HttpServletRequest request, HttpServletResponse response, FilterChain chain)
      throws IOException, ServletException {
    String path = PagePath.of(request);
    boolean isFile = PagePath.isFile(path, getServletContext());
    if (!PagePath.isRead(request) && isFile) {
      PagePath.refuse(response);
    } else if (!isFile) { // a refusal must not be kept: the next server may have the file
      chain.doFilter(request, response);
    } else if (path.equals(PAGE) && notice.isPresent()) {
      answerWith(notice.get(), response);
    } else if (path.startsWith("/v/")) {
      keepForGood(request, response);
      chain.doFilter(request, response);
    } else {
      answer(tag(path), request, response, chain);
    }
  }

  private void answerWith(String sentence, HttpServletResponse response) throws IOException {
    try (InputStream file = getServletContext().getResourceAsStream(PAGE)) {
      String page = new String(file.readAllBytes(), StandardCharsets.UTF_8);
      String said = BODY + "<p class=\"notice\" role=\"alert\">" + sentence + "</p>";
      byte[] bytes = page.replace(BODY, said).getBytes(StandardCharsets.UTF_8);
      response.setHeader(CACHE_CONTROL, "no-store");
      response.setContentType("text/html;charset=UTF-8");
      response.setContentLength(bytes.length);
      response.getOutputStream().write(bytes);
    }
  }

  /**
   * Not where a login was renewed on the way: nobody else may get that answer. Not for a range
   * either, since it may lie outside the file, and a refusal must not be kept.
   */
  private static void keepForGood(HttpServletRequest request, HttpServletResponse response) {
    String rule = response.getHeader(CACHE_CONTROL);
    boolean isPrivate = rule != null && rule.contains("no-store");
    if (!isPrivate && request.getHeader("Range") == null) {
      response.setHeader(CACHE_CONTROL, FOR_GOOD);
    }
  }

  private static void answer(
      String tag, HttpServletRequest request, HttpServletResponse response, FilterChain chain)
      throws IOException, ServletException {
    response.setHeader("ETag", tag);
    String known = request.getHeader("If-None-Match");
    if (known == null) {
      chain.doFilter(request, response);
    } else if (known.contains(tag)) {
      response.setStatus(HttpServletResponse.SC_NOT_MODIFIED);
    } else {
      chain.doFilter(new WithoutDate(request), response);
    }
  }

  /** Files do not change while the server runs. */
  private String tag(String path) throws IOException {
    String known = tags.get(path);
    if (known != null) {
      return known;
    }
    try (InputStream file = getServletContext().getResourceAsStream(path)) {
      String tag = tag(file.readAllBytes());
      if (tags.size() < MOST_TAGS) {
        tags.put(path, tag);
      }
      return tag;
    }
  }

  /** A weak one, since the server compresses what is sent. */
  private static String tag(byte[] file) {
    try {
      byte[] hash = MessageDigest.getInstance("SHA-256").digest(file);
      return "W/\"" + HexFormat.of().formatHex(hash, 0, TAG_BYTES) + "\"";
    } catch (NoSuchAlgorithmException impossible) {
      throw new IllegalStateException("Every JDK has SHA-256", impossible);
    }
  }

  /** The date says nothing where a tag was sent: an earlier release is not the same file. */
  private static final class WithoutDate extends HttpServletRequestWrapper {
    private static final String DATE = "If-Modified-Since";

    private WithoutDate(HttpServletRequest request) {
      super(request);
    }

    @Override
    public @Nullable String getHeader(String name) {
      return name.equalsIgnoreCase(DATE) ? null : super.getHeader(name);
    }

    @Override
    public long getDateHeader(String name) {
      return name.equalsIgnoreCase(DATE) ? -1 : super.getDateHeader(name);
    }
  }
}

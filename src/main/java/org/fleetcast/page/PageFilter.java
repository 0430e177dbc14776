package org.fleetcast.page;

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
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/** Lets a browser keep versioned files for good, and ask for the others by their entity tag. */
@WebFilter(
    urlPatterns = {"/index.html", "/favicon.svg", "/fleetcast-client.js", "/client/*", "/v/*"},
    dispatcherTypes = {DispatcherType.REQUEST, DispatcherType.FORWARD},
    asyncSupported = true)
public class PageFilter extends HttpFilter {
  private static final long serialVersionUID = 1L;
  private static final String FOR_GOOD = "public, max-age=31536000, immutable";
  private static final int TAG_BYTES = 12;

  @Override
  protected void doFilter(
      HttpServletRequest request, HttpServletResponse response, FilterChain chain)
      throws IOException, ServletException {
    byte @Nullable [] file = read(path(request));
    if (file == null) { // a refusal must not be kept: the next server may have the file
      chain.doFilter(request, response);
    } else if (path(request).startsWith("/v/")) {
      response.setHeader("Cache-Control", FOR_GOOD);
      chain.doFilter(request, response);
    } else {
      answer(tag(file), request, response, chain);
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

  private byte @Nullable [] read(String path) throws IOException {
    if (path.endsWith("/")) {
      return null;
    }
    try (InputStream file = getServletContext().getResourceAsStream(path)) {
      return file == null ? null : file.readAllBytes();
    }
  }

  private static String path(HttpServletRequest request) {
    String rest = request.getPathInfo();
    return rest == null ? request.getServletPath() : request.getServletPath() + rest;
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

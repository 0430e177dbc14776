package org.fleetcast.page;

import jakarta.servlet.ServletContext;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;

/** What a request asks for, as the server decoded it, and whether it may. */
final class PagePath {
  private PagePath() {}

  static String of(HttpServletRequest request) {
    String rest = request.getPathInfo();
    return rest == null ? request.getServletPath() : request.getServletPath() + rest;
  }

  /** Whether that is a file. All of ours have a dot in their name, and no folder has. */
  static boolean isFile(String path, ServletContext context) throws IOException {
    return path.indexOf('.', path.lastIndexOf('/')) >= 0 && context.getResource(path) != null;
  }

  /** Whether nothing is asked for but what is there. */
  static boolean isRead(HttpServletRequest request) {
    return request.getMethod().equals("GET") || request.getMethod().equals("HEAD");
  }

  /** Says that a file is there to be read. */
  static void refuse(HttpServletResponse response) throws IOException {
    response.setHeader("Allow", "GET, HEAD");
    response.sendError(HttpServletResponse.SC_METHOD_NOT_ALLOWED);
  }
}

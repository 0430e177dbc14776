package org.fleetcast.page;

import jakarta.servlet.ServletException;
import jakarta.servlet.annotation.WebServlet;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;

/**
 * The page, where its file is not named. The server's own way to a welcome file fails on a query
 * that it would not have made itself.
 */
@WebServlet(urlPatterns = "", asyncSupported = true)
public class PageServlet extends HttpServlet {
  private static final long serialVersionUID = 1L;

  @Override
  protected void service(HttpServletRequest request, HttpServletResponse response)
      throws ServletException, IOException {
    if (PagePath.isRead(request)) {
      request.getRequestDispatcher("/index.html").forward(request, response);
    } else {
      PagePath.refuse(response);
    }
  }

  /** Never called, but where there is none the server refuses a TRACE with a page of its own. */
  @Override
  protected void doTrace(HttpServletRequest request, HttpServletResponse response)
      throws ServletException, IOException {
    service(request, response);
  }
}

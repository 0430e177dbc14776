package org.fleetcast.problem;

import jakarta.servlet.DispatcherType;
import jakarta.servlet.FilterChain;
import jakarta.servlet.FilterRegistration;
import jakarta.servlet.ServletContextEvent;
import jakarta.servlet.ServletContextListener;
import jakarta.servlet.ServletException;
import jakarta.servlet.annotation.WebListener;
import jakarta.servlet.http.HttpFilter;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.EnumSet;
import org.eclipse.microprofile.config.ConfigProvider;

/**
 * Lets the trace of each request name its correlation id, where the server traces requests. The
 * filter is added last, so that it is within the span, which the server's own filter begins.
 */
@WebListener
public class TracedRequests implements ServletContextListener {
  @Override
  public void contextInitialized(ServletContextEvent event) {
    boolean off =
        ConfigProvider.getConfig()
            .getOptionalValue("otel.sdk.disabled", String.class)
            .map(text -> Setting.flag("OTEL_SDK_DISABLED", text))
            .orElse(true);
    if (off) {
      return;
    }
    FilterRegistration.Dynamic filter =
        event.getServletContext().addFilter("traced requests", new Naming());
    filter.setAsyncSupported(true);
    filter.addMappingForUrlPatterns(EnumSet.of(DispatcherType.REQUEST), true, "/*");
  }

  private static final class Naming extends HttpFilter {
    private static final long serialVersionUID = 1L;

    @Override
    protected void doFilter(
        HttpServletRequest request, HttpServletResponse response, FilterChain chain)
        throws IOException, ServletException {
      Correlation.trace(request);
      chain.doFilter(request, response);
    }
  }
}

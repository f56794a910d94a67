import com.amazonaws.services.dynamodbv2.local.server.LocalDynamoDBRequestHandler;
import com.amazonaws.services.dynamodbv2.local.server.LocalDynamoDBServerHandler;
import java.net.InetSocketAddress;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.server.handler.ContextHandler;

/**
 * DynamoDB Local in memory, on a free port of 127.0.0.1, without telemetry.
 *
 * <p>Its own main class listens on all addresses of the machine and has no option against that, and it is what sets up
 * telemetry. Here its handler is put behind a server that is told where to listen.
 */
public final class DynamoDbOnLoopback {
    private static final boolean IN_MEMORY = true;
    /** The same tables for all credentials and regions. */
    private static final boolean SHARED = true;
    private static final boolean WITH_PAUSES = false;

    public static void main(String[] arguments) throws Exception {
        var requests = new LocalDynamoDBRequestHandler(0, IN_MEMORY, null, SHARED, WITH_PAUSES);
        var server = new Server(new InetSocketAddress("127.0.0.1", 0));
        server.setHandler(new ContextHandler(new LocalDynamoDBServerHandler(requests, null)));
        server.start();
        var port = ((ServerConnector) server.getConnectors()[0]).getLocalPort();
        System.out.println("ready url=http://127.0.0.1:" + port);
        server.join();
    }
}

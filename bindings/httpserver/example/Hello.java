import io.quintet.Quintet;
import io.quintet.http.Http;
import io.quintet.http.HttpResponse;

class Hello {
  public static void main(String[] arguments) throws Exception {
    var hello = Quintet.server(Http.codec(), q -> HttpResponse.text("You asked for " + q.path()));
    System.out.println("listening on " + hello.start().port());
  }
}

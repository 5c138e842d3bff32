package io.quintet.web;

import io.quintet.codec.Codec;
import io.quintet.codec.Decoder;
import io.quintet.codec.Encoder;
import io.quintet.codec.Output;
import io.quintet.codec.ProtocolException;
import io.quintet.http.HttpRequest;
import io.quintet.http.HttpResponse;
import java.util.List;

/** The HTTP codec, which answers with error pages where a handler has failed. */
record PagesCodec(Codec<HttpRequest, HttpResponse> http, ErrorPages pages)
    implements Codec<HttpRequest, HttpResponse> {
  @Override
  public String name() {
    return http.name();
  }

  @Override
  public List<String> replyKinds() {
    return http.replyKinds();
  }

  @Override
  public List<String> applicationProtocols() {
    return http.applicationProtocols();
  }

  @Override
  public Decoder<HttpRequest> decoder() {
    return http.decoder();
  }

  @Override
  public Encoder<HttpRequest, HttpResponse> encoder() {
    return new PagesEncoder(http.encoder(), pages);
  }

  @Override
  public boolean isInline(HttpRequest request) {
    return http.isInline(request);
  }

  @Override
  public HttpRequest detach(HttpRequest request) {
    return http.detach(request);
  }

  @Override
  public boolean isOrdered(HttpRequest request) {
    return http.isOrdered(request);
  }

  @Override
  public boolean isLast(HttpRequest request) {
    return http.isLast(request);
  }

  @Override
  public String describe(HttpRequest request) {
    return http.describe(request);
  }

  @Override
  public void drop(HttpResponse reply) {
    http.drop(reply);
  }

  private record PagesEncoder(Encoder<HttpRequest, HttpResponse> http, ErrorPages pages)
      implements Encoder<HttpRequest, HttpResponse> {
    @Override
    public void encode(HttpRequest request, HttpResponse reply, Output out) {
      http.encode(request, reply, out);
    }

    @Override
    public void encodeFailure(HttpRequest request, Throwable failure, Output out) {
      HttpResponse page = pages.of(request, failure);
      boolean last = ErrorPages.refusal(failure) != null;
      http.encode(request, last ? page.endingConnection() : page, out);
    }

    @Override
    public void encodeRefusal(ProtocolException refusal, Output out) {
      http.encodeRefusal(refusal, out);
    }
  }
}

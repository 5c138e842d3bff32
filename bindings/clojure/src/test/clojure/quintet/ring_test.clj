(ns quintet.ring-test
  "The clauses of the Ring SPEC, version 1.5, a test for each."
  (:require [clojure.test :refer [are deftest is]]
            [quintet.core :as quintet])
  (:import (java.io ByteArrayInputStream File PipedInputStream PipedOutputStream)
           (java.net Socket URI)
           (java.net.http HttpClient HttpClient$Version HttpRequest HttpRequest$BodyPublishers
                          HttpResponse HttpResponse$BodyHandlers)
           (java.util.concurrent LinkedBlockingQueue TimeUnit)
           (java.util.logging Handler LogRecord Logger)))

(def ^HttpClient client
  (-> (HttpClient/newBuilder) (.version HttpClient$Version/HTTP_1_1) .build))

(defn- request [port path & {:keys [method headers body]}]
  (let [builder (-> (HttpRequest/newBuilder (URI. (str "http://localhost:" port path)))
                    (.method (or method "GET")
                             (if body
                               (HttpRequest$BodyPublishers/ofString body)
                               (HttpRequest$BodyPublishers/noBody))))]
    (doseq [[k v] headers] (.header builder k v))
    (.build builder)))

(defn- answer-of
  "What a client gets from a handler."
  ^HttpResponse [handler & more]
  (with-open [server (quintet/run-server handler {:port 0})]
    (.send client (apply request (quintet/port server) more) (HttpResponse$BodyHandlers/ofString))))

(defn- seen-by
  "The request map that a handler gets, with its body as a text, and the server's port."
  [& more]
  (let [seen (promise)
        handler (fn [r]
                  (deliver seen (update r :body slurp))
                  {:status 200 :headers {} :body nil})]
    (with-open [server (quintet/run-server handler {:port 0})]
      (let [path (or (first more) "/")]
        (.send client (apply request (quintet/port server) path (rest more))
               (HttpResponse$BodyHandlers/ofString)))
      [(deref seen 60000 nil) (quintet/port server)])))

(defn- body-of [response-body]
  (.body (answer-of (fn [_] {:status 200 :headers {} :body response-body}) "/")))

;; 1.1 Handlers

(deftest synchronous-handlers-take-one-argument
  (is (= 200 (.statusCode (answer-of (fn [_] {:status 200 :headers {}}) "/")))))

(deftest asynchronous-handlers-take-three-arguments
  (with-open [server (quintet/run-server
                      (fn [_ respond _] (future (respond {:status 202 :headers {} :body "later"})))
                      {:port 0 :async? true})]
    (is (= "later" (.body (.send client (request (quintet/port server) "/")
                                 (HttpResponse$BodyHandlers/ofString)))))))

(deftest asynchronous-handlers-may-raise
  (with-open [server (quintet/run-server (fn [_ _ raise] (raise (ex-info "no" {})))
                                         {:port 0 :async? true})]
    (is (= 500 (.statusCode (.send client (request (quintet/port server) "/")
                                   (HttpResponse$BodyHandlers/ofString)))))))

;; 1.3.1 The request map

(deftest request-server-port
  (let [[seen port] (seen-by)]
    (is (= port (:server-port seen)))))

(deftest request-server-name
  (is (= "localhost" (:server-name (first (seen-by))))))

(defn- sent
  "What the server sends to a text that ends the connection."
  [server text]
  (with-open [socket (Socket. "127.0.0.1" (int (quintet/port server)))]
    (.setSoTimeout socket 60000)
    (.write (.getOutputStream socket) (.getBytes ^String text))
    (slurp (.getInputStream socket))))

(deftest request-server-name-and-port-are-those-of-the-host-field-or-of-this-end
  (with-open [server (quintet/run-server
                      (fn [r] {:status 200 :headers {} :body (str (:server-name r) " " (:server-port r))})
                      {:host "0.0.0.0"})]
    (let [own (quintet/port server)]
      (are [expected host] (.endsWith ^String (sent server (str "GET / HTTP/1.1\r\nConnection: close\r\n"
                                                               "Host: " host "\r\n\r\n"))
                                      (str "\r\n\r\n" expected))
        "example.com 81" "example.com:81"
        (str "example.com " own) "example.com"
        (str "example.com " own) "example.com:"
        "[::1] 81" "[::1]:81"
        (str "[::1] " own) "[::1]")
      (is (.endsWith ^String (sent server "GET / HTTP/1.0\r\n\r\n")
                     (str "\r\n\r\n127.0.0.1 " own))))))

(deftest request-remote-addr
  (is (= "127.0.0.1" (:remote-addr (first (seen-by))))))

(deftest request-uri-starts-with-a-slash-and-is-not-decoded
  (is (= "/a%20b" (:uri (first (seen-by "/a%20b?c"))))))

(deftest request-query-string
  (is (= "a=b&c=%20" (:query-string (first (seen-by "/?a=b&c=%20")))))
  (is (not (contains? (first (seen-by)) :query-string))))

(deftest request-scheme
  (is (= :http (:scheme (first (seen-by))))))

(deftest request-method-is-a-lower-case-keyword
  (is (= :get (:request-method (first (seen-by)))))
  (is (= :delete (:request-method (first (seen-by "/" :method "DELETE"))))))

(deftest request-protocol
  (is (= "HTTP/1.1" (:protocol (first (seen-by))))))

(deftest request-ssl-client-cert-only-with-tls
  (is (not (contains? (first (seen-by)) :ssl-client-cert))))

(deftest request-headers-have-lower-case-names
  (is (= "Value" (get-in (first (seen-by "/" :headers {"X-Mixed-Case" "Value"}))
                         [:headers "x-mixed-case"]))))

(deftest request-headers-that-come-twice-are-joined-with-commas-and-cookies-with-semicolons
  (let [seen (promise)]
    (with-open [server (quintet/run-server
                        (fn [r] (deliver seen (:headers r)) {:status 200 :headers {}})
                        {:port 0})
                socket (Socket. "127.0.0.1" (int (quintet/port server)))]
      (.write (.getOutputStream socket)
              (.getBytes (str "GET / HTTP/1.1\r\nHost: a\r\nX: 1\r\nX: 2\r\n"
                              "Cookie: a=b\r\nCookie: c=d\r\n\r\n")))
      (.read (.getInputStream socket))
      (let [headers (deref seen 60000 nil)]
        (is (= "1,2" (get headers "x")))
        (is (= "a=b; c=d" (get headers "cookie")))))))

(deftest request-body-is-an-input-stream
  (is (= "sent" (:body (first (seen-by "/" :method "POST" :body "sent"))))))

;; 1.3.2 The response map

(deftest response-status
  (is (= 418 (.statusCode (answer-of (fn [_] {:status 418 :headers {}}) "/")))))

(deftest response-headers-are-texts-or-seqs-of-texts
  (let [response (answer-of (fn [_] {:status 200 :headers {"X-One" "1" "X-Two" ["a" "b"]}}) "/")]
    (is (= ["1"] (.allValues (.headers response) "X-One")))
    (is (= ["a" "b"] (.allValues (.headers response) "x-two")))))

(deftest response-body-string-is-sent-in-the-charset-of-its-content-type
  (is (= "é" (body-of "é")))
  (let [response (answer-of (fn [_] {:status 200
                                     :headers {"content-type" "text/plain; charset=ISO-8859-1"}
                                     :body "é"})
                            "/")]
    (is (= "1" (.orElse (.firstValue (.headers response) "content-length") nil)))))

(deftest response-body-seq-is-sent-as-the-texts-of-its-elements
  (is (= "a1:b" (body-of (list "a" 1 :b)))))

(deftest response-body-file-is-sent
  (let [file (File/createTempFile "quintet" nil)]
    (try
      (spit file "of a file")
      (is (= "of a file" (body-of file)))
      (finally (.delete file)))))

(deftest response-body-input-stream-is-sent-and-closed
  (let [closed (promise)
        stream (proxy [ByteArrayInputStream] [(.getBytes "of a stream")]
                 (close [] (deliver closed true)))]
    (is (= "of a stream" (body-of stream)))
    (is (true? (deref closed 60000 false)))))

(deftest response-body-file-that-is-long-is-sent-piece-by-piece-with-its-length
  (let [file (File/createTempFile "quintet" nil)
        text (apply str (repeat 100000 "abc"))]
    (try
      (spit file text)
      (let [response (answer-of (fn [_] {:status 200 :headers {} :body file}) "/")]
        (is (= text (.body response)))
        (is (= "300000" (.orElse (.firstValue (.headers response) "content-length") nil))))
      (finally (.delete file)))))

(defn- endless-stream [closed]
  (proxy [java.io.InputStream] []
    (read ([] 120) ([b] (alength ^bytes b)) ([b from length] length))
    (close [] (deliver closed true))))

(deftest response-body-stream-is-sent-while-it-is-made-and-closed-when-nobody-takes-it
  (let [closed (promise)]
    (with-open [server (quintet/run-server
                        (fn [_] {:status 200 :headers {} :body (endless-stream closed)}) {:port 0})]
      (with-open [in (.openStream (.toURL (URI. (str "http://127.0.0.1:" (quintet/port server)))))]
        (is (= 100000 (alength (.readNBytes in 100000)))))
      (is (true? (deref closed 60000 false))))))

(deftest response-body-stream-is-closed-where-head-asks
  (let [closed (promise)]
    (is (= 200 (.statusCode (answer-of (fn [_] {:status 200 :headers {} :body (endless-stream closed)})
                                       "/" :method "HEAD"))))
    (is (true? (deref closed 60000 false)))))

(deftest response-body-stream-is-closed-where-its-turn-does-not-come
  (let [closed (promise)
        behind (promise)
        handler (fn [request respond _]
                  (when (= "/behind" (:uri request))
                    (respond {:status 200 :headers {} :body (endless-stream closed)})
                    (deliver behind true)))]
    (with-open [server (quintet/run-server handler {:port 0 :async? true})
                socket (Socket. "127.0.0.1" (quintet/port server))]
      (doseq [path ["/before" "/behind"]]
        (.write (.getOutputStream socket)
                (.getBytes (str "GET " path " HTTP/1.1\r\nHost: a\r\n\r\n"))))
      (is (true? (deref behind 60000 false)))
      (.setSoLinger socket true 0)
      (.close socket)
      (is (true? (deref closed 60000 false))))))

(deftest response-body-lazy-seq-is-made-while-it-is-sent
  (let [realized (atom 0)
        parts (map (fn [n] (reset! realized n) (apply str (repeat 1000 "x"))) (range))]
    (with-open [server (quintet/run-server (fn [_] {:status 200 :headers {} :body parts}) {:port 0})]
      (with-open [in (.openStream (.toURL (URI. (str "http://127.0.0.1:" (quintet/port server)))))]
        (is (= 100000 (alength (.readNBytes in 100000))))
        (is (pos? @realized))))))

(deftest response-body-nil-is-empty
  (is (= "" (body-of nil))))

(deftest response-body-by-the-protocol-of-ring-needs-that-loaded
  (is (= 500 (.statusCode (answer-of (fn [_] {:status 200 :headers {} :body (Object.)}) "/"))))
  (binding [*ns* *ns*]
    (eval '(do (ns ring.core.protocols)
               (defprotocol StreamableResponseBody
                 (write-body-to-stream [body response output-stream]))
               (extend-protocol StreamableResponseBody
                 java.util.UUID
                 (write-body-to-stream [body _ output-stream]
                   (future
                     (with-open [out output-stream] (.write out (.getBytes (str body))))))))))
  (try
    (is (= "00000000-0000-0001-0000-000000000002" (body-of (java.util.UUID. 1 2))))
    (finally (remove-ns 'ring.core.protocols))))

(defn- content-length [handler & more]
  (.orElse (.firstValue (.headers ^HttpResponse (apply answer-of handler more)) "content-length") nil))

(deftest response-to-head-says-the-length-that-is-known
  (are [expected response] (= expected (content-length (fn [_] response) "/" :method "HEAD"))
    "10" {:status 200 :headers {"Content-Length" "10"} :body nil}
    "10" {:status 200 :headers {"content-length" "10"}}
    "0" {:status 200 :headers {"Content-Length" "0"} :body nil}
    "10" {:status 404 :headers {"Content-Length" ["10"]} :body ""}
    "10" {:status 304 :headers {"Content-Length" "10"}}
    "5" {:status 200 :headers {} :body "hello"}
    nil {:status 200 :headers {} :body nil}
    nil {:status 204 :headers {"Content-Length" "10"}})
  (are [expected response] (= expected (content-length (fn [_] response) "/"))
    "10" {:status 304 :headers {"Content-Length" "10"}}
    "0" {:status 200 :headers {"Content-Length" "10"} :body nil}
    nil {:status 304 :headers {}}))

(deftest response-without-content-closes-its-body
  (doseq [status [204 205 304]]
    (let [closed (promise)]
      (is (= status (.statusCode (answer-of (fn [_] {:status status :headers {} :body (endless-stream closed)})
                                            "/"))))
      (is (true? (deref closed 60000 false))))))

(defn- failure-of
  "The line that is logged where a handler's response stands for none, synchronous or not."
  [async? response]
  (let [lines (LinkedBlockingQueue.)
        logger (Logger/getLogger "io.quintet")
        listener (proxy [Handler] []
                   (publish [^LogRecord line] (.add lines (.getMessage line)))
                   (flush [])
                   (close []))
        handler (if async?
                  (fn [_ respond _] (future (respond response)))
                  (fn [_] response))]
    (.addHandler logger listener)
    (try
      (with-open [server (quintet/run-server handler {:async? async?})]
        (is (= 500 (.statusCode (.send client (request (quintet/port server) "/wrong")
                                       (HttpResponse$BodyHandlers/discarding))))))
      (second (re-find #"GET /wrong failed: java.lang.IllegalArgumentException: (.*)\.$"
                       (str (.poll lines 10 TimeUnit/SECONDS))))
      (finally (.removeHandler logger listener)))))

(deftest response-that-is-none-fails-with-a-sentence
  (doseq [async? [false true]]
    (are [sentence response] (= sentence (failure-of async? response))
      "the handler's response is nil; valid is a map with :status, :headers and :body" nil
      "the handler's response is \"x\"; valid is a map with :status, :headers and :body" "x"
      "the handler's response is (1 2 3); valid is a map with :status, :headers and :body" '(1 2 3)
      (str "the response has :ring.websocket/listener, and Ring's websockets are not served;"
           " valid is a map with :status, :headers and :body")
      {:ring.websocket/listener {:on-open (fn [_])}}
      "the response's :status is nil; valid are 200 to 599" {:headers {} :body "x"}
      "the response's :status is \"200\"; valid are 200 to 599" {:status "200"}
      "the response's :status is 600; valid are 200 to 599" {:status 600}
      "the response's :status is 100; valid are 200 to 599" {:status 100}
      "the response's :headers is [\"X\" \"1\"]; valid is a map" {:status 200 :headers ["X" "1"]}
      "the name of a header of the response is :x; valid is a string" {:status 200 :headers {:x "1"}}
      "the response's header X is 1; valid are a string and a seq of strings"
      {:status 200 :headers {"X" 1}}
      "the response's header X is [nil]; valid are a string and a seq of strings"
      {:status 200 :headers {"X" [nil]}}
      "header field X cannot be sent as it is" {:status 200 :headers {"X" "a\r\nY: b"}}
      "header field X Y cannot be sent as it is" {:status 200 :headers {"X Y" "1"}}
      "the response's :body is a java.lang.Long; valid are String, seq, File, InputStream, bytes, Flow.Publisher, nil"
      {:status 200 :body 1})))

(deftest response-that-is-none-closes-its-body
  (let [closed (promise)]
    (is (= 500 (.statusCode (answer-of (fn [_] {:status 600 :body (endless-stream closed)}) "/"))))
    (is (true? (deref closed 60000 false)))))

(deftest response-header-that-is-nil-is-left-out
  (let [response (answer-of (fn [_] {:status 200 :headers {"X-None" nil "X-One" "1"}}) "/")]
    (is (= [] (.allValues (.headers response) "X-None")))
    (is (= ["1"] (.allValues (.headers response) "X-One")))))

(defn- leave
  "Asks, waits until some content has come and the body waits, and goes away."
  [server waits]
  (with-open [socket (Socket. "127.0.0.1" (int (quintet/port server)))]
    (.setSoTimeout socket 60000)
    (.write (.getOutputStream socket) (.getBytes "GET / HTTP/1.1\r\nHost: a\r\n\r\n"))
    (loop [head ""]
      (when-not (.endsWith ^String head "\r\n\r\n")
        (recur (str head (char (.read (.getInputStream socket)))))))
    (.read (.getInputStream socket))
    (is (true? (deref waits 60000 false)))
    (.setSoLinger socket true 0)))

(defn- pipe
  "A stream that another thread writes to, as ring.util.io has it."
  [write]
  (let [in (PipedInputStream.)
        out (PipedOutputStream. in)]
    (future (with-open [out out] (write out)))
    in))

(deftest response-body-that-waits-ends-with-its-client
  (doseq [make [(fn [ending]
                  (lazy-seq (cons (apply str (repeat 20000 "x")) (lazy-seq (ending)))))
                (fn [ending]
                  (let [asked (atom 0)]
                    (proxy [java.io.InputStream] []
                      (read ([] 120)
                        ([b] (.read ^java.io.InputStream this b 0 1))
                        ([b from length] (if (< (swap! asked inc) 5) length (ending))))
                      (close []))))
                (fn [ending]
                  (pipe (fn [^java.io.OutputStream out]
                          (.write out (byte-array 1000))
                          (.flush out)
                          (ending (fn []
                                    (while true
                                      (.write out (byte-array 1000))
                                      (.flush out)))))))]]
    (let [waits (promise)
          ended (promise)
          ending (fn ([] (deliver waits true) (try @(promise) (finally (deliver ended true))))
                   ([work] (deliver waits true) (try (work) (finally (deliver ended true)))))]
      (with-open [server (quintet/run-server (fn [_] {:status 200 :headers {} :body (make ending)}))]
        (leave server waits)
        (is (true? (deref ended 60000 false)))))))

(deftest response-body-that-fails-is-logged-with-its-request
  (let [lines (LinkedBlockingQueue.)
        logger (Logger/getLogger "io.quintet")
        listener (proxy [Handler] []
                   (publish [^LogRecord line] (.add lines (.getMessage line)))
                   (flush [])
                   (close []))]
    (.addHandler logger listener)
    (try
      (with-open [server (quintet/run-server
                          (fn [_] {:status 200 :headers {}
                                   :body (lazy-seq (cons (apply str (repeat 20000 "x"))
                                                         (lazy-seq (throw (ex-info "boom" {})))))}))]
        (is (.contains ^String (sent server "GET /broken HTTP/1.1\r\nHost: a\r\n\r\n") "xxx"))
        (is (re-find #"GET /broken failed: .*boom" (str (.poll lines 10 TimeUnit/SECONDS))))
        (is (= 1 (:failures (first (:loops (quintet/stats server)))))))
      (finally (.removeHandler logger listener)))))

(deftest a-connection-field-of-the-response-ends-the-connection
  (let [response (answer-of (fn [_] {:status 200 :headers {"Connection" "close"} :body "x"}) "/")]
    (is (= "close" (.orElse (.firstValue (.headers response) "connection") nil)))))
